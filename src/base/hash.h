/*
 * hash: a keyed hash for tables whose keys strangers choose (SPIs, addresses).
 * Folded 64x64 multiplications over secret-masked words, two deep for each word (one alone lets a counter crowd a few buckets under one key in
 * a hundred): an attacker who does not know the key cannot aim at one bucket. The key
 * never shows in any output: tables are walked by index, not by bucket.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>
#include <string.h>

struct hash_key {
    uint64_t words[3];
};

/* Random from the kernel; where it gives none, from addresses and the clock. */
void hash_key_make(struct hash_key *key);

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* 24 bytes in three words. */
static inline uint64_t hash_words(const struct hash_key *key, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t left = hash_fold(a ^ key->words[0], b ^ key->words[1]);
    uint64_t right = hash_fold(c ^ key->words[2], key->words[0] ^ 0x9e3779b97f4a7c15u);
    return hash_fold(left ^ key->words[2], right ^ key->words[1]);
}

/* Any bytes. */
static inline uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    uint64_t state = key->words[2] ^ length;
    for (; length >= 16; at += 16, length -= 16) {
        uint64_t a, b;
        memcpy(&a, at, 8);
        memcpy(&b, at + 8, 8);
        state = hash_fold(a ^ key->words[0] ^ state, b ^ key->words[1]);
    }
    uint64_t tail[2] = { 0, 0 };
    memcpy(tail, at, length);
    return hash_words(key, tail[0] ^ state, tail[1], length);
}

#endif
