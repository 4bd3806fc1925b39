/*
 * fuzz_engine: a whole analysis: the first byte chooses options, the second the SAs, the rest is a capture in any format. Results go nowhere, but
 * are looked at: no byte of a packet comes out unescaped, and two workers say what one says.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capture/reader.h"
#include "engine/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { JSON = 1, VERDICTS = 2, WRITE = 4, EXTRACT = 8, NO_RECEIVER = 16, RECEIVER = 32, VERBOSE = 64, TWICE = 128 };

#define BOTH(proto, spi_there, spi_back, mode, algorithms) \
    "src 10.77.0.1 dst 10.77.0.2\n\tproto " proto " spi " spi_there " reqid 1 mode " mode "\n\treplay-window 32\n\t" algorithms "\n" \
    "src 10.77.0.2 dst 10.77.0.1\n\tproto " proto " spi " spi_back " reqid 1 mode " mode "\n\treplay-window 32\n\t" algorithms "\n"
#define BOTH6(proto, spi_there, spi_back, mode, algorithms) \
    "src fd77::1 dst fd77::2\n\tproto " proto " spi " spi_there " reqid 1 mode " mode "\n\treplay-window 64 flag esn\n\t" algorithms "\n" \
    "src fd77::2 dst fd77::1\n\tproto " proto " spi " spi_back " reqid 1 mode " mode "\n\treplay-window 64 flag esn\n\t" algorithms "\n"
#define KEY_THERE "0x11181f262d343b424950575e656c737a81888f96"
#define KEY_BACK "0x51585f666d747b828990979ea5acb3bac1c8cfd6"
#define NULLS "auth digest_null \n\tenc ecb(cipher_null) "

/* 1 to 4: of the kernel traffic that the corpus is made of. The rest checks no ICV, so that whatever comes is opened. */
static const char *const sas[] = {
    "",
    "src 10.77.0.1 dst 10.77.0.2\n\tproto esp spi 0x1001 reqid 1 mode tunnel\n\treplay-window 32\n\taead rfc4106(gcm(aes)) " KEY_THERE
    " 128\nsrc 10.77.0.2 dst 10.77.0.1\n\tproto esp spi 0x1002 reqid 1 mode tunnel\n\treplay-window 32\n\taead rfc4106(gcm(aes)) " KEY_BACK
    " 128\nsrc 10.1.0.0/16 dst 10.2.0.0/16 \n\tdir in priority 1 \n\ttmpl src 10.77.0.1 dst 10.77.0.2\n\t\tproto esp reqid 1 mode tunnel\n"
    "src 10.2.0.0/16 dst 10.1.0.0/16 \n\tdir in priority 1 \n\ttmpl src 10.77.0.2 dst 10.77.0.1\n\t\tproto esp reqid 1 mode tunnel\n",
    BOTH("ah", "0x1001", "0x1002", "transport",
         "auth-trunc hmac(sha256) 0x5b626970777e858c939aa1a8afb6bdc4cbd2d9e0e7eef5fc030a11181f262d34 128"),
    BOTH6("esp", "0x1001", "0x1002", "tunnel",
          "aead rfc7539esp(chacha20,poly1305) 0x11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dce3eaf1f8ff06 128"),
    BOTH("esp", "0x1001", "0x1002", "transport", "aead rfc4106(gcm(aes)) " KEY_THERE " 128")
        BOTH("ah", "0x2001", "0x2002", "transport",
             "auth-trunc hmac(sha256) 0x5b626970777e858c939aa1a8afb6bdc4cbd2d9e0e7eef5fc030a11181f262d34 128"),
    BOTH("esp", "0x1001", "0x1002", "tunnel", NULLS),
    BOTH("esp", "0x1001", "0x1002", "transport", NULLS) BOTH("esp", "0x2001", "0x2002", "tunnel", NULLS),
    "src 10.77.0.1 dst 10.77.0.2\n\tproto esp spi 0x1001 reqid 1 mode beet\n\treplay-window 0\n\t" NULLS
    "\n\tsel src 10.1.0.1/32 dst 10.2.0.1/32 \n"
    "src 10.77.0.2 dst 10.77.0.1\n\tproto esp spi 0x1002 reqid 1 mode beet\n\treplay-window 4096\n\t" NULLS
    "\n\tsel src fd00::1/128 dst fd00::2/128 \n",
    BOTH6("esp", "0x1001", "0x1002", "transport", NULLS) BOTH6("ah", "0x2001", "0x2002", "tunnel", "auth digest_null "),
    "src 10.77.0.1 dst 10.77.0.2\n\tproto esp spi 0x1001 reqid 1 mode tunnel\n\treplay-window 32\n\t" NULLS
    "\n\tencap type espinudp sport 4500 dport 4500 addr 0.0.0.0\n\tlifetime config:\n\t  limit: soft (INF)(bytes), hard 300(bytes)\n"
    "\t  limit: soft (INF)(packets), hard 3(packets)\n",
};

struct results {
    uint64_t hash, length;
};

static bool take(void *context, const char *bytes, size_t length)
{
    struct results *results = context;
    for (size_t i = 0; i < length; i++) {
        unsigned char one = (unsigned char)bytes[i];
        if (one == 0x7f || (one < 0x20 && one != '\n'))
            abort();
        results->hash = (results->hash ^ one) * 0x100000001b3;
    }
    results->length += length;
    return true;
}

static void message(void *context, const char *line)
{
    (void)context;
    for (; *line; line++)
        if ((unsigned char)*line < 0x20)
            abort();
}

static struct results analyse(const uint8_t *data, size_t size, unsigned options, unsigned choice, unsigned workers)
{
    static const char *const receivers[] = { "10.77.0.2", "fd77::/16" };
    struct results results = { 0xcbf29ce484222325, 0 };
    struct esplain_options given = {
        .format = options & JSON ? ESPLAIN_JSON : ESPLAIN_TEXT, .verdicts = options & VERDICTS, .verbose = options & VERBOSE ? 1 : 0,
        .write_path = options & WRITE ? "/dev/null" : NULL, .write = options & EXTRACT ? ESPLAIN_EXTRACT : ESPLAIN_DECRYPTED,
        .receivers = receivers, .receiver_count = options & RECEIVER ? 2 : 0, .no_receiver = options & NO_RECEIVER,
        .workers = workers, .output = take, .message = message, .context = &results,
    };
    struct error error;
    struct esplain *esplain = esplain_create(&given, NULL);
    if (esplain == NULL)
        return results;
    const char *text = sas[choice % (sizeof sas / sizeof sas[0])];
    if (!sa_table_add_text(esplain->table, "sas", sa_format_find("xfrm", 4), text, strlen(text), &error))
        abort();
    struct source *source = source_open_memory(data, size, &(struct source_options){ 0 }, &error);
    if (source != NULL) {
        engine_read_source(esplain, source, "capture", NULL);
        if (!esplain_finish(esplain, NULL))
            abort();
    }
    esplain_destroy(esplain);
    return results;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 1u << 16)
        return 0;
    struct results one = analyse(data + 2, size - 2, data[0], data[1], 1);
    if (data[0] & TWICE) {
        struct results two = analyse(data + 2, size - 2, data[0], data[1], 2);
        if (two.hash != one.hash || two.length != one.length)
            abort();
    }
    return 0;
}
