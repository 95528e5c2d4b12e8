// The binary interface of libslirp, which is looked for at run time: version 4.1 and later.

#ifndef SLIRP_H
#define SLIRP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/// One user-space network.
typedef struct slirp_network slirp_network;

/// What of a descriptor is waited for, and what happened.
enum {
  slirp_readable = 1,
  slirp_writable = 2,
  slirp_urgent = 4,
  slirp_failed = 8,
  slirp_hung_up = 16,
};

/// What the library calls. Each function gets the pointer that the network was made with as `context`.
typedef struct {
  /// A frame for the guest. What is returned changes nothing, unless it is negative: then it is logged.
  ssize_t (*send_frame)(const void *frame, size_t length, void *context);
  void (*report_guest_error)(const char *message, void *context);
  /// Nanoseconds from any beginning.
  int64_t (*read_clock)(void *context);
  /// Timers are for advertisements of IPv6 routers only.
  void *(*make_timer)(void (*action)(void *), void *argument, void *context);
  void (*free_timer)(void *timer, void *context);
  void (*set_timer)(void *timer, int64_t milliseconds, void *context);
  void (*add_descriptor)(int descriptor, void *context);
  void (*remove_descriptor)(int descriptor, void *context);
  /// There is room in a socket's buffer again.
  void (*wake)(void *context);
  // From configuration version 4 on.
  void (*did_initialise)(slirp_network *network, void *context);
  void *(*make_identified_timer)(int identifier, void *argument, void *context);
} slirp_callbacks;

/// How a network is to be, in the layout of version 1.
typedef struct {
  uint32_t version;
  int is_restricted;
  bool has_version4;
  struct in_addr network;
  struct in_addr mask;
  struct in_addr gateway;
  bool has_version6;
  struct in6_addr prefix6;
  uint8_t prefix_length6;
  struct in6_addr gateway6;
  const char *host_name;
  const char *tftp_server_name;
  const char *tftp_folder;
  const char *boot_file;
  struct in_addr first_dhcp_address;
  struct in_addr name_server;
  struct in6_addr name_server6;
  const char **search_domains;
  const char *domain_name;
  /// Bytes of the longest packet to the guest and from it.
  size_t transmission_unit;
  size_t reception_unit;
  bool refuses_host_loopback;
  bool emulates_protocols;
  // From version 2 on; zero here.
  void *later[8];
} slirp_configuration;

/// Gives the index by which the library asks for the outcome.
typedef int (*slirp_add_poll)(int descriptor, int events, void *context);
typedef int (*slirp_get_events)(int index, void *context);

typedef slirp_network *(*slirp_new_function)(
    const slirp_configuration *configuration, const slirp_callbacks *callbacks, void *context);
typedef void (*slirp_cleanup_function)(slirp_network *network);
typedef void (*slirp_fill_function)(
    slirp_network *network, uint32_t *milliseconds, slirp_add_poll add, void *context);
typedef void (*slirp_poll_function)(
    slirp_network *network, int has_failed, slirp_get_events get, void *context);
typedef void (*slirp_input_function)(slirp_network *network, const uint8_t *frame, int length);

#endif
