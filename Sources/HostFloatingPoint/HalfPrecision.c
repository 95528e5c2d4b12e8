// Conversions from and to half precision, which are the same on every host.

#include "HostFloatingPoint.h"
#include "SoftwareArithmetic.h"

#include <string.h>

// Denormal halves are neither zeros nor worth an exception (SDM volume 2, VCVTPH2PS).
uint32_t host_vcvtph2ps(uint32_t control, void *result, const void *operand) {
  uint16_t halves[4];
  uint32_t singles[4], flags = 0;
  memcpy(halves, operand, sizeof halves);
  for (int i = 0; i < 4; i++) {
    singles[i] = (uint32_t)software_convert(half_format, single_format, false, control, halves[i], &flags);
  }
  memcpy(result, singles, sizeof singles);
  return flags;
}

// Results are not flushed to zero.
uint32_t host_vcvtps2ph(uint32_t control, void *result, const void *operand) {
  control &= ~(uint32_t)mxcsr_flush_to_zero;
  uint32_t singles[4], flags = 0;
  uint16_t halves[4];
  memcpy(singles, operand, sizeof singles);
  for (int i = 0; i < 4; i++) {
    halves[i] = (uint16_t)software_convert(single_format, half_format, true, control, singles[i], &flags);
  }
  memcpy(result, halves, sizeof halves);
  return flags;
}
