#include "ZydisReference.h"

#include <string.h>

#if __has_include(<Zydis/Zydis.h>)

#include <Zydis/Zydis.h>
#include <dlfcn.h>

static struct {
  ZyanStatus (*initialize)(ZydisDecoder *, ZydisMachineMode, ZydisStackWidth);
  ZyanStatus (*enable)(ZydisDecoder *, ZydisDecoderMode, ZyanBool);
  ZyanStatus (*decode)(
      const ZydisDecoder *, const void *, ZyanUSize, ZydisDecodedInstruction *, ZydisDecodedOperand *);
  ZydisRegisterClass (*registerClass)(ZydisRegister);
  ZyanI8 (*registerNumber)(ZydisRegister);
  const char *(*mnemonic)(ZydisMnemonic);
} zydis;

static ZydisDecoder decoders[3];
static uint8_t classes[ZYDIS_REGISTER_MAX_VALUE + 1];
static uint8_t numbers[ZYDIS_REGISTER_MAX_VALUE + 1];

static bool prepare(int index, ZydisMachineMode mode, ZydisStackWidth width) {
  if (!ZYAN_SUCCESS(zydis.initialize(&decoders[index], mode, width))) return false;
  // As AMD's processors do: near branches heed an operand-size prefix in 64-bit mode, and the encodings of MPX and
  // CLDEMOTE do nothing.
  const struct {
    ZydisDecoderMode mode;
    ZyanBool isEnabled;
  } choices[] = {
      {ZYDIS_DECODER_MODE_AMD_BRANCHES, ZYAN_TRUE}, {ZYDIS_DECODER_MODE_MPX, ZYAN_FALSE},
      {ZYDIS_DECODER_MODE_CLDEMOTE, ZYAN_FALSE},    {ZYDIS_DECODER_MODE_WBNOINVD, ZYAN_TRUE},
      {ZYDIS_DECODER_MODE_KNC, ZYAN_FALSE},
  };
  for (size_t choice = 0; choice < sizeof choices / sizeof *choices; choice++)
    if (!ZYAN_SUCCESS(zydis.enable(&decoders[index], choices[choice].mode, choices[choice].isEnabled)))
      return false;
  return true;
}

bool zydis_reference_load(void) {
  static bool isLoaded = false;
  if (isLoaded) return true;
  void *library = dlopen("libZydis.so", RTLD_NOW | RTLD_LOCAL);
  if (!library) return false;
  zydis.initialize = dlsym(library, "ZydisDecoderInit");
  zydis.enable = dlsym(library, "ZydisDecoderEnableMode");
  zydis.decode = dlsym(library, "ZydisDecoderDecodeFull");
  zydis.registerClass = dlsym(library, "ZydisRegisterGetClass");
  zydis.registerNumber = dlsym(library, "ZydisRegisterGetId");
  zydis.mnemonic = dlsym(library, "ZydisMnemonicGetString");
  if (!zydis.initialize || !zydis.enable || !zydis.decode || !zydis.registerClass ||
      !zydis.registerNumber || !zydis.mnemonic)
    return false;
  for (int value = 0; value <= ZYDIS_REGISTER_MAX_VALUE; value++) {
    classes[value] = (uint8_t)zydis.registerClass((ZydisRegister)value);
    numbers[value] = (uint8_t)zydis.registerNumber((ZydisRegister)value);
  }
  isLoaded = prepare(0, ZYDIS_MACHINE_MODE_LONG_COMPAT_16, ZYDIS_STACK_WIDTH_16) &&
             prepare(1, ZYDIS_MACHINE_MODE_LONG_COMPAT_32, ZYDIS_STACK_WIDTH_32) &&
             prepare(2, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  return isLoaded;
}

static void translate(const ZydisDecodedOperand *from, ZydisReferenceOperand *to) {
  memset(to, 0, sizeof *to);
  to->visibility = (uint8_t)from->visibility;
  to->width = from->size / 8;
  switch (from->type) {
  case ZYDIS_OPERAND_TYPE_REGISTER:
    to->kind = 1;
    to->registerClass = classes[from->reg.value];
    to->registerNumber = numbers[from->reg.value];
    break;
  case ZYDIS_OPERAND_TYPE_MEMORY:
    to->kind = 2;
    to->registerClass = classes[from->mem.base];
    to->registerNumber = numbers[from->mem.base];
    to->indexClass = classes[from->mem.index];
    to->indexNumber = numbers[from->mem.index];
    to->scale = from->mem.scale;
    to->segment = numbers[from->mem.segment];
    to->isAddress = from->mem.type == ZYDIS_MEMOP_TYPE_AGEN;
    to->value = from->mem.disp.has_displacement ? from->mem.disp.value : 0;
    break;
  case ZYDIS_OPERAND_TYPE_POINTER:
    to->kind = 3;
    to->selector = from->ptr.segment;
    to->value = from->ptr.offset;
    break;
  case ZYDIS_OPERAND_TYPE_IMMEDIATE:
    to->kind = 4;
    to->isRelative = from->imm.is_relative;
    to->value = from->imm.value.s;
    break;
  default:
    break;
  }
}

void zydis_reference_decode(
    const uint8_t *bytes, size_t count, int bits, ZydisReferenceInstruction *instruction) {
  ZydisDecodedInstruction decoded;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
  const ZydisDecoder *decoder = &decoders[bits == 16 ? 0 : bits == 32 ? 1 : 2];
  const ZyanStatus status = zydis.decode(decoder, bytes, count, &decoded, operands);
  instruction->length = 0;
  instruction->isTooLong = status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG;
  if (!ZYAN_SUCCESS(status)) return;
  instruction->length = decoded.length;
  instruction->hasLock = (decoded.attributes & ZYDIS_ATTRIB_HAS_LOCK) != 0;
  instruction->hasRepeat = (decoded.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE)) != 0;
  instruction->hasRepeatNotEqual = (decoded.attributes & ZYDIS_ATTRIB_HAS_REPNE) != 0;
  instruction->encoding = (uint8_t)decoded.encoding;
  instruction->operandSize = decoded.operand_width / 8;
  instruction->addressSize = decoded.address_width / 8;
  instruction->mnemonic = (uint16_t)decoded.mnemonic;
  instruction->operandCount = decoded.operand_count;
  for (int index = 0; index < decoded.operand_count; index++)
    translate(&operands[index], &instruction->operands[index]);
}

const char *zydis_reference_mnemonic(uint16_t mnemonic) {
  return mnemonic <= ZYDIS_MNEMONIC_MAX_VALUE ? zydis.mnemonic((ZydisMnemonic)mnemonic) : NULL;
}

#else

bool zydis_reference_load(void) { return false; }

void zydis_reference_decode(
    const uint8_t *bytes, size_t count, int bits, ZydisReferenceInstruction *instruction) {
  (void)bytes, (void)count, (void)bits;
  memset(instruction, 0, sizeof *instruction);
}

const char *zydis_reference_mnemonic(uint16_t mnemonic) {
  (void)mnemonic;
  return NULL;
}

#endif
