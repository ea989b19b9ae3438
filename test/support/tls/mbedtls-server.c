/*
 * A TLS server on mbed TLS, the library that meters run, set as a meter sets it: TLS 1.2, a pre-shared key, one cipher
 * suite. Answers a partial read `3F tttt oooooo cccc` with `00 cccc` and bytes that count up from the offset.
 *
 *   mbedtls-server PSK-HEX IDENTITY-HEX EXTENDED-MASTER-SECRET(0|1)
 *
 * Listens on a free port of 127.0.0.1, whose number is its first line; each further line tells how a handshake ended:
 * `0`, or the error of mbed TLS in hexadecimal.
 */
#include <arpa/inet.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static size_t from_hex(const char *text, unsigned char *bytes) {
  size_t length = strlen(text) / 2;
  for (size_t i = 0; i < length; i++) {
    unsigned int byte = 0;
    sscanf(text + 2 * i, "%2x", &byte);
    bytes[i] = (unsigned char)byte;
  }
  return length;
}

static void serve(mbedtls_ssl_context *ssl) {
  unsigned char request[600], answer[600];
  for (;;) {
    int length = mbedtls_ssl_read(ssl, request, sizeof request);
    if (length != 8 || request[0] != 0x3f) return;
    unsigned int offset = request[5], count = request[6] * 256u + request[7];
    if (count + 3 > sizeof answer) return;
    answer[0] = 0;
    answer[1] = request[6];
    answer[2] = request[7];
    for (unsigned int i = 0; i < count; i++) answer[3 + i] = (unsigned char)(offset + i);
    if (mbedtls_ssl_write(ssl, answer, count + 3) <= 0) return;
  }
}

int main(int argc, char **argv) {
  static const int suites[] = {MBEDTLS_TLS_PSK_WITH_AES_256_GCM_SHA384, 0};
  unsigned char psk[64], identity[64];
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  mbedtls_ssl_config config;
  mbedtls_net_context listener, client;
  struct sockaddr_in address;
  socklen_t address_length = sizeof address;
  if (argc != 4 || strlen(argv[1]) > 128 || strlen(argv[2]) > 128) return 2;
  size_t psk_length = from_hex(argv[1], psk), identity_length = from_hex(argv[2], identity);
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&random);
  mbedtls_ssl_config_init(&config);
  mbedtls_net_init(&listener);
  if (mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0)) return 3;
  if (mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM, 0)) return 4;
  mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
  mbedtls_ssl_conf_ciphersuites(&config, suites);
  mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#if defined(MBEDTLS_SSL_EXTENDED_MASTER_SECRET)
  mbedtls_ssl_conf_extended_master_secret(&config, atoi(argv[3]));
#endif
  if (mbedtls_ssl_conf_psk(&config, psk, psk_length, identity, identity_length)) return 5;
  if (mbedtls_net_bind(&listener, "127.0.0.1", "0", MBEDTLS_NET_PROTO_TCP)) return 6;
  if (getsockname(listener.fd, (struct sockaddr *)&address, &address_length)) return 7;
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    mbedtls_ssl_context ssl;
    mbedtls_net_init(&client);
    if (mbedtls_net_accept(&listener, &client, NULL, 0, NULL)) return 8;
    mbedtls_ssl_init(&ssl);
    if (mbedtls_ssl_setup(&ssl, &config)) return 9;
    mbedtls_ssl_set_bio(&ssl, &client, mbedtls_net_send, mbedtls_net_recv, NULL);
    int outcome = mbedtls_ssl_handshake(&ssl);
    printf("%x\n", (unsigned int)-outcome);
    fflush(stdout);
    if (outcome == 0) serve(&ssl);
    mbedtls_ssl_free(&ssl);
    mbedtls_net_free(&client);
  }
}
