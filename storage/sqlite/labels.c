/* storage/sqlite/labels.c: groups are stored one after the other, each with its NUL. */
#include "storage/sqlite/engine.h"

size_t
labels_join(const struct label *labels, size_t count, char *out, size_t room)
{
    size_t size = 0;
    must(labels != NULL || count == 0);
    for (size_t i = 0; i < count; i++) {
        size_t label_size = strlen(labels[i].text);
        must(label_size <= LABEL_BYTES_MAX && size + label_size < room);
        memcpy(out + size, labels[i].text, label_size + 1);
        size += label_size + 1;
    }
    return size;
}

size_t
labels_split(struct text lines, struct label *out, size_t out_max)
{
    size_t begin = 0, count = 0;
    for (size_t i = 0; i < lines.size && count < out_max; i++) {
        if (lines.at[i] != '\0') continue;
        size_t size = i - begin < LABEL_BYTES_MAX ? i - begin : LABEL_BYTES_MAX;
        memcpy(out[count].text, lines.at + begin, size);
        out[count++].text[size] = '\0';
        begin = i + 1;
    }
    must(count <= out_max && begin <= lines.size);
    return count;
}
