/* tests/bench/floor.c: see floor.h.
 *
 *   bench_floor crypto MILLIS
 *   bench_floor sqlite DIRECTORY MILLIS
 *   bench_floor redis SOCKET PID MILLIS
 *   bench_floor loop */
#include "tests/bench/floor.h"

static int
floor_run(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "crypto") == 0 && argc == 3) {
        floor_crypto(strtoll(argv[2], NULL, 10));
    } else if (strcmp(what, "sqlite") == 0 && argc == 4) {
        floor_sqlite(argv[2], strtoll(argv[3], NULL, 10));
    } else if (strcmp(what, "redis") == 0 && argc == 5) {
        floor_redis(argv[2], (int)strtol(argv[3], NULL, 10), strtoll(argv[4], NULL, 10));
    } else if (strcmp(what, "loop") == 0 && argc == 2) {
        floor_loop();
    } else {
        fputs("bench_floor crypto|sqlite|redis|loop ...: see tests/bench/floor.c\n", stderr);
        return 2;
    }
    return 0;
}

int
main(int argc, char **argv)
{
    return floor_run(argc, argv);
}
