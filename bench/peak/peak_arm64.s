#include "textflag.h"

// Every chain is c = c + a·b with a = b = 0: the time does not depend on the numbers. The turns are counted down in R0.

#define ZERO \
	VEOR V0.B16, V0.B16, V0.B16; \
	VEOR V1.B16, V1.B16, V1.B16; \
	VEOR V2.B16, V2.B16, V2.B16; \
	VEOR V3.B16, V3.B16, V3.B16; \
	VEOR V4.B16, V4.B16, V4.B16; \
	VEOR V5.B16, V5.B16, V5.B16; \
	VEOR V6.B16, V6.B16, V6.B16; \
	VEOR V7.B16, V7.B16, V7.B16; \
	VEOR V8.B16, V8.B16, V8.B16; \
	VEOR V9.B16, V9.B16, V9.B16; \
	VEOR V10.B16, V10.B16, V10.B16; \
	VEOR V11.B16, V11.B16, V11.B16; \
	VEOR V14.B16, V14.B16, V14.B16; \
	VEOR V15.B16, V15.B16, V15.B16

#define CHAINS(A, B, C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11) \
	VFMLA A, B, C0; \
	VFMLA A, B, C1; \
	VFMLA A, B, C2; \
	VFMLA A, B, C3; \
	VFMLA A, B, C4; \
	VFMLA A, B, C5; \
	VFMLA A, B, C6; \
	VFMLA A, B, C7; \
	VFMLA A, B, C8; \
	VFMLA A, B, C9; \
	VFMLA A, B, C10; \
	VFMLA A, B, C11

#define LOOP(NAME, A, B, C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11) \
TEXT NAME(SB), NOSPLIT, $0-8; \
	MOVD turns+0(FP), R0; \
	ZERO; \
turn: \
	CHAINS(A, B, C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11); \
	SUBS $1, R0; \
	BNE turn; \
	RET

LOOP(·fma32, V14.S4, V15.S4, V0.S4, V1.S4, V2.S4, V3.S4, V4.S4, V5.S4, V6.S4, V7.S4, V8.S4, V9.S4, V10.S4, V11.S4)
LOOP(·fma64, V14.D2, V15.D2, V0.D2, V1.D2, V2.D2, V3.D2, V4.D2, V5.D2, V6.D2, V7.D2, V8.D2, V9.D2, V10.D2, V11.D2)
