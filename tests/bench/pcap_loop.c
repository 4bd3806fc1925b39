/* pcap_loop: libpcap's loop with an empty callback, the least that any reader of captures built on it can cost. Prints the packets. */
#include <pcap.h>
#include <stdio.h>

static void nothing(unsigned char *user, const struct pcap_pkthdr *header, const unsigned char *bytes)
{
    (void)header;
    (void)bytes;
    ++*(unsigned long *)(void *)user;
}

int main(int argc, char **argv)
{
    char message[PCAP_ERRBUF_SIZE];
    pcap_t *capture = argc == 2 ? pcap_open_offline(argv[1], message) : NULL;
    if (capture == NULL) {
        fprintf(stderr, "pcap_loop: %s\n", argc == 2 ? message : "usage: pcap_loop CAPTURE");
        return 2;
    }
    unsigned long packets = 0;
    while (pcap_dispatch(capture, -1, nothing, (unsigned char *)&packets) > 0)
        continue;
    printf("%lu\n", packets);
    pcap_close(capture);
    return 0;
}
