// Network interfaces of the host whose packets a program reads and writes (Linux, Documentation/networking/tuntap).

#ifndef TUNNEL_DEVICE_H
#define TUNNEL_DEVICE_H

#include <stddef.h>

/// Opens the interface `name` for raw IP packets, one a read or write, which never wait.
///
/// An interface that is not there is made, if the host allows that, and goes away with the descriptor.
///
/// - Returns: the descriptor, or a negated `errno`; `-ENAMETOOLONG` for a name that no interface can have.
int host_tunnel_open(const char *name);

#endif
