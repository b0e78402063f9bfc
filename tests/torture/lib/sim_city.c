#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/torture/lib/sim.h"

#define CLAIMS                                                                              \
    "'claim_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-09-22T00:00:00+08:00'}," \
    "'valid_days':2,'per_person_limit':3,'refund_policy':'restore',"
#define SHOP                                                  \
    "{'name':'n','kind':'shopping','budget_fen':7000," CLAIMS \
    "'pools':[{'name':'a','value_fen':700,'count':8,'stackable':true}]}"
#define CARS                                                                                  \
    "{'name':'c','kind':'car','budget_fen':3000000," CLAIMS                                   \
    "'pools':[{'name':'f','value_fen':300000,'count':6,'energy':'fuel'}],'car':{"             \
    "'invoice_window':{'from':'2026-06-19T00:00:00+08:00','to':'2026-07-22T00:00:00+08:00'}," \
    "'rate':{'type':'percent_capped','fuel':{'bp':600,'cap_fen':300000},"                     \
    "'nev':{'bp':800,'cap_fen':300000}}}}"

void
city_open(struct city *c)
{
    struct bench *b = calloc(1, sizeof *b);
    char path[256];
    must(b != NULL);
    bench_open(b);
    c->campaigns[0] = bench_campaign(b, SHOP);
    c->campaigns[1] = bench_campaign(b, CARS);
    for (size_t i = 0; i < MODEL_CAMPAIGNS; i++) {
        c->pools[i] = bench_row(b, &c->campaigns[i]).pools[0].id;
    }
    memcpy(c->tills, b->tills, sizeof c->tills);
    c->settings = b->book.settings;
    ledger_close(b->ledger); /* all of it lies in the one file now */
    (void)snprintf(path, sizeof path, "%s/huiquan.db", b->dir);
    FILE *file = fopen(path, "re");
    struct stat status;
    must(file != NULL && fstat(fileno(file), &status) == 0);
    c->image_size = (size_t)status.st_size;
    c->image = malloc(c->image_size);
    must(c->image != NULL && fread(c->image, 1, c->image_size, file) == c->image_size);
    must(fclose(file) == 0);
    struct ledger_settings settings = { .data_dir = b->dir, .busy_ms_max = 100 };
    must(ledger_open(&b->ledger, &settings, &b->seams) == FAULT_NONE);
    b->book.ledger = b->ledger;
    b->book.view = ledger_view(b->ledger);
    bench_close(b);
    free(b);
    (void)snprintf(c->dir, sizeof c->dir, "/dev/shm/huiquan-sim-XXXXXX");
    must(mkdtemp(c->dir) != NULL);
}

void
city_close(struct city *c)
{
    char path[512];
    DIR *dir = opendir(c->dir);
    must(dir != NULL);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        (void)snprintf(path, sizeof path, "%s/%s", c->dir, entry->d_name);
        if (entry->d_name[0] != '.') (void)unlink(path);
    }
    (void)closedir(dir);
    (void)rmdir(c->dir);
    free(c->image);
}

void
city_lay_out(const struct city *c)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/huiquan.db-wal", c->dir);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/huiquan.db-shm", c->dir);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/huiquan.db", c->dir);
    FILE *file = fopen(path, "we");
    must(file != NULL);
    must(fwrite(c->image, 1, c->image_size, file) == c->image_size);
    must(fclose(file) == 0);
}
