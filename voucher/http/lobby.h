/* voucher/http/lobby.h: connections come, are late, and go. Private to voucher/http; the loop's
 * thread. */
#ifndef HUIQUAN_HTTP_LOBBY_H
#define HUIQUAN_HTTP_LOBBY_H

#include "voucher/http/hub.h"

/* Takes over fd in every case; what cannot be opened is counted and closed. */
void http_lobby_admit(struct http_hub *hub, int fd, const union http_peer *peer);

/* Ends what is late, a few at a time: thousands that came together are late together, and others
 * wait meanwhile. True: nothing late is left. Call it a few times within the shortest limit. */
bool http_lobby_expire(struct http_hub *hub);
/* Once hub->is_stopping is set: those that no request is on. */
void http_lobby_close_idle(struct http_hub *hub);
/* All. Exchanges that are with the handler stay with it, as gone. */
void http_lobby_cut(struct http_hub *hub);

#endif
