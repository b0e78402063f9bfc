/* voucher/api/api.h: the rows that the families of endpoints export. */
#ifndef HUIQUAN_API_H
#define HUIQUAN_API_H

#include "voucher/call.h"

struct endpoint_rows {
    const struct endpoint *rows;
    size_t count;
};

struct endpoint_rows api_public(void);
struct endpoint_rows api_files(void);
struct endpoint_rows api_front(void);
struct endpoint_rows api_places(void);
struct endpoint_rows api_resident(void);
struct endpoint_rows api_sign_in(void);
struct endpoint_rows api_wallet(void);
struct endpoint_rows api_session(void);
struct endpoint_rows api_till(void);
struct endpoint_rows api_campaign(void);
struct endpoint_rows api_directory(void);
struct endpoint_rows api_audit(void);
struct endpoint_rows api_jobs(void);
struct endpoint_rows api_login(void);
struct endpoint_rows api_events(void);
struct endpoint_rows api_reports(void);
struct endpoint_rows api_control(void);

#endif
