// Networks of the host, as far as Swift cannot reach them itself.

#ifndef HOST_NETWORK_H
#define HOST_NETWORK_H

#include "Slirp.h"
#include "TunnelDevice.h"

#endif
