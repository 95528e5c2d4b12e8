#include "HostNetwork.h"

#include <errno.h>

#if defined(__linux__)

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int host_tunnel_open(const char *name) {
  struct ifreq request = {0};
  const size_t length = strlen(name);
  if (length == 0 || length >= sizeof request.ifr_name) return -ENAMETOOLONG;
  memcpy(request.ifr_name, name, length);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  const int descriptor = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return -errno;
  if (ioctl(descriptor, TUNSETIFF, &request) < 0) {
    const int error = errno;
    close(descriptor);
    return -error;
  }
  return descriptor;
}

#else

int host_tunnel_open(const char *name) { return -ENOSYS; }

#endif
