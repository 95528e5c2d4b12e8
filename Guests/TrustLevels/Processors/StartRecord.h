// The words of a StartRecord behind the general registers. StartRecord.swift has the same numbers.

#define RECORD_FLAGS     16
#define RECORD_CR0       17
#define RECORD_CR3       18
#define RECORD_CR4       19
#define RECORD_EFER      20
#define RECORD_PAT       21
#define RECORD_APIC_BASE 22
#define RECORD_INDEX     23
#define RECORD_APIC_ID   24
#define RECORD_SPURIOUS  25
#define RECORD_CS        26
#define RECORD_DS        27
#define RECORD_ES        28
#define RECORD_FS        29
#define RECORD_GS        30
#define RECORD_SS        31
#define RECORD_TR        32
#define RECORD_LDTR      33
#define RECORD_GDTR      34
#define RECORD_IDTR      36
#define RECORD_DR7       38
#define RECORD_LSTAR     39
#define RECORD_COUNT     40
