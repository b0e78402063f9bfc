/* tests/torture/lib/sim.h: one simulated city (tests/torture/sim.c) and who lives in it. One
 * thread. */
#ifndef HUIQUAN_TORTURE_SIM_H
#define HUIQUAN_TORTURE_SIM_H

#include "tests/support_book.h"
#include "tests/torture/lib/dice.h"
#include "tests/torture/lib/sim_model.h"

#define OPS 56
#define BATCH_MAX 8
#define AT_ONCE 10
#define PACKETS_MAX 256
#define TICKS_MAX 4000
#define FAULT_ROOM 400

struct wish {
    struct op op; /* what is asked; its answer is not used */
    int64_t send_at; /* tick */
    bool settled; /* answered for good */
    bool acked; /* yes, and this was the answer: */
    uint64_t answer;
    bool is_taken; /* it is on the disk, as the model was told */
};

struct packet {
    size_t wish;
    int64_t due; /* tick */
};

struct city {
    char dir[64];
    uint8_t *image; /* the database as every run begins */
    size_t image_size;
    struct uuid campaigns[MODEL_CAMPAIGNS], pools[MODEL_CAMPAIGNS];
    struct caller tills[TILL_COUNT];
    struct book_settings settings;
};

struct sim {
    const struct city *city;
    struct dice dice;
    uint64_t seed, trace, chance;
    int64_t wall_s, tick;
    struct seams seams;
    struct ledger *ledger;
    struct catalogue *catalogue;
    struct id_source ids;
    struct book book;
    bool calm; /* no more faults: everybody gets home */
    size_t wish_count, packet_count;
    struct wish wishes[OPS];
    struct packet packets[PACKETS_MAX];
    struct op batch[BATCH_MAX];
    size_t batch_wish[BATCH_MAX];
    struct model model;
    char fault[FAULT_ROOM];
    int64_t crashes, cuts, survived, resent;
};

/* Only the first is kept. */
void sim_fault(struct sim *s, const char *what);
void sim_trace(struct sim *s, uint64_t what, uint64_t more);

/* An answer has come back, or is lost on its way. */
void client_take(struct sim *s, struct wish *w, const struct op *op);
/* Somebody wants something. */
void wish_any(struct sim *s);

/* The city as it is before anything happens, in a folder in memory. */
void city_open(struct city *c);
void city_close(struct city *c);
void city_lay_out(const struct city *c);

#endif
