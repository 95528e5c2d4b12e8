// What another decoder, Zydis, makes of an instruction, in a form that is easy to compare.
//
// Zydis is a library of Debian's package libzydis-dev. It is found when a test begins, not when the tests are
// linked: everything builds without it, and then nothing is decoded.
#ifndef ZYDIS_REFERENCE_H
#define ZYDIS_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  // 1 a register, 2 memory, 3 a far pointer, 4 an immediate.
  uint8_t kind;
  // 1 encoded, 2 implied but written, 3 implied and not written.
  uint8_t visibility;
  // ZydisRegisterClass and the number in it; of memory, those of the base.
  uint8_t registerClass;
  uint8_t registerNumber;
  // Of memory.
  uint8_t indexClass;
  uint8_t indexNumber;
  // 0, 1, 2, 4 or 8.
  uint8_t scale;
  // The number of the segment register.
  uint8_t segment;
  // Whether the address itself is the operand.
  bool isAddress;
  // Whether the immediate counts from the next instruction.
  bool isRelative;
  // In bytes.
  uint16_t width;
  // Of a far pointer.
  uint16_t selector;
  // The displacement, immediate or offset.
  int64_t value;
} ZydisReferenceOperand;

typedef struct {
  // 0 if the bytes are no instruction; `isTooLong` says more.
  uint8_t length;
  bool isTooLong;
  bool hasLock;
  bool hasRepeat;
  bool hasRepeatNotEqual;
  // ZydisInstructionEncoding: 0 legacy, 1 3DNow!, 2 XOP, 3 VEX, 4 EVEX, 5 MVEX.
  uint8_t encoding;
  // In bytes.
  uint8_t operandSize;
  uint8_t addressSize;
  uint8_t operandCount;
  // ZydisMnemonic.
  uint16_t mnemonic;
  ZydisReferenceOperand operands[10];
} ZydisReferenceInstruction;

// Finds the library; false if it is not there or was not there when this was compiled.
bool zydis_reference_load(void);

// Decodes at most `count` bytes; `bits` is 16, 32 or 64. Branches are decoded as AMD's processors do. Only after
// `zydis_reference_load` was true.
void zydis_reference_decode(
    const uint8_t *bytes, size_t count, int bits, ZydisReferenceInstruction *instruction);

// The name of a mnemonic in small letters; null behind the last.
const char *zydis_reference_mnemonic(uint16_t mnemonic);

#endif
