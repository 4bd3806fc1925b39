/*
 * What real kernels put on the wire: for every ESP and AH packet of the healthy traffic whose key is there, the length that overhead computes
 * from the inner packet is the length of the packet, and what is said to fit a path of that length is no less than what it carried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/open.h"
#include "decode/walk.h"
#include "sa/overhead.h"
#include "sa/table.h"
#include "support/pcapfile.h"

static const struct sa_definition *find(const struct sa_table *table, const struct layer *layer)
{
    size_t at = 0;
    for (const struct sa_entry *entry; (entry = sa_table_next(table, &at)) != NULL;) {
        const struct sa_definition *definition = &entry->record.definition;
        if (definition->spi == layer->spi && definition->proto == (layer->kind == LAYER_AH ? SA_PROTO_AH : SA_PROTO_ESP) &&
            addr_equal(&definition->dst.addr, &layer->ip.dst))
            return definition;
    }
    return NULL;
}

/* Bytes that came out of an ESP packet. ESN: all of this traffic is in the first 2^32 numbers or is left out. */
static bool open_esp(const struct sa_definition *definition, const struct layer *layer, uint32_t *payload)
{
    static uint8_t plain[65536];
    struct error error = { "" };
    uint32_t length = 0;
    struct crypt_key *key = crypt_key_create(
        &(struct crypt_params){ definition->encryption, definition->encryption_key, definition->integrity,
                                definition->integrity_key, definition->icv, definition->esn_known && definition->esn },
        &error);
    assert_non_null(key);
    bool open = crypt_esp_open(key, layer->bytes, layer->wire, 0, plain, &length) == CRYPT_OK;
    crypt_key_destroy(key);
    *payload = open ? length - 2 - plain[length - 2] : 0;
    return open;
}

static unsigned packet(const struct sa_table *table, const struct layer *layer, const char *name)
{
    const struct sa_definition *definition = find(table, layer);
    struct overhead overhead;
    uint32_t payload;
    assert_non_null(definition);
    assert_true(overhead_make(definition, layer->ip.version, (enum encap)layer->encap, &overhead));
    if (layer->kind == LAYER_AH)
        payload = layer->wire - layer->ah_length;
    else if (!open_esp(definition, layer, &payload))
        return 0;
    uint32_t udp = layer->encap == ENCAP_UDP ? 8 : 0, inner = overhead.stripped + payload;
    uint32_t total = overhead_total(&overhead, inner);
    if (total != overhead.outer + udp + layer->wire)
        fail_msg("%s: %u bytes make %u, the packet has %u", name, inner, total, overhead.outer + udp + layer->wire);
    assert_true(overhead_inner(&overhead, total) >= inner);
    assert_int_equal(overhead_total(&overhead, overhead_inner(&overhead, total)), total);
    if (layer->kind == LAYER_ESP && layer->ip.header == overhead.outer) /* no AH and no options around it */
        assert_int_equal(layer->ip.total, total);
    return 1;
}

static void folder(const char *name)
{
    char path[4096], part[512];
    struct error error = { "" };
    struct sa_table *table = sa_table_create(&error);
    struct pcapfile file;
    for (unsigned end = 0; end < 2; end++) {
        snprintf(part, sizeof part, "kernel-traffic/%s/xfrm%c.txt", name, 'A' + (char)end);
        if (pcapfile_shared(path, sizeof path, part))
            assert_true(sa_table_add_file(table, path, &error));
    }
    snprintf(part, sizeof part, "kernel-traffic/%s/t.pcap", name);
    assert_true(pcapfile_shared(path, sizeof path, part));
    assert_true(pcapfile_open(&file, path));
    unsigned packets = 0;
    bool padded = strstr(name, "tfc") != NULL; /* whose lengths are no longer those of the inner packets */
    for (struct frame frame; !padded && pcapfile_next(&file, &frame);) {
        struct walk walk;
        struct layer layer;
        walk_frame(&walk, &frame, NULL);
        while (walk_next(&walk, &layer))
            if ((layer.kind == LAYER_ESP || layer.kind == LAYER_AH) && layer.status == DECODE_OK)
                packets += packet(table, &layer, name);
    }
    pcapfile_close(&file);
    sa_table_destroy(table);
    if (packets == 0)
        print_message("%s: no packet could be compared\n", name);
}

static void test_lengths_are_the_kernels(void **state)
{
    (void)state;
    char path[4096];
    unsigned folders = 0;
    if (!pcapfile_shared(path, sizeof path, "kernel-traffic/README.md")) {
        print_message("SKIP: the shared kernel traffic is not there\n");
        skip();
    }
    *strrchr(path, '/') = '\0';
    DIR *all = opendir(path);
    assert_non_null(all);
    for (const struct dirent *entry; (entry = readdir(all)) != NULL;) {
        if (strchr(entry->d_name, '.') != NULL)
            continue;
        folder(entry->d_name);
        folders++;
    }
    closedir(all);
    assert_true(folders >= 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
