#include "textflag.h"

// Every chain is r = r + a·b with a = b = 0: the time does not depend on the numbers, and no denormals come. The turns are
// counted down in AX.

#define CHAINS(FMA, A, B, R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11) \
	FMA A, B, R0; \
	FMA A, B, R1; \
	FMA A, B, R2; \
	FMA A, B, R3; \
	FMA A, B, R4; \
	FMA A, B, R5; \
	FMA A, B, R6; \
	FMA A, B, R7; \
	FMA A, B, R8; \
	FMA A, B, R9; \
	FMA A, B, R10; \
	FMA A, B, R11

#define ZERO(XOR, A, B, R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11) \
	XOR A, A, A; \
	XOR B, B, B; \
	XOR R0, R0, R0; \
	XOR R1, R1, R1; \
	XOR R2, R2, R2; \
	XOR R3, R3, R3; \
	XOR R4, R4, R4; \
	XOR R5, R5, R5; \
	XOR R6, R6, R6; \
	XOR R7, R7, R7; \
	XOR R8, R8, R8; \
	XOR R9, R9, R9; \
	XOR R10, R10, R10; \
	XOR R11, R11, R11

#define LOOP(NAME, XOR, FMA, A, B, R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11) \
TEXT NAME(SB), NOSPLIT, $0-8; \
	MOVQ turns+0(FP), AX; \
	ZERO(XOR, A, B, R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11); \
	PCALIGN $64; \
turn: \
	CHAINS(FMA, A, B, R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11); \
	DECQ AX; \
	JNZ turn; \
	VZEROUPPER; \
	RET

LOOP(·fmaZ32, VPXORQ, VFMADD231PS, Z14, Z15, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11)
LOOP(·fmaZ64, VPXORQ, VFMADD231PD, Z14, Z15, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11)
LOOP(·fmaY32, VPXOR, VFMADD231PS, Y14, Y15, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11)
LOOP(·fmaY64, VPXOR, VFMADD231PD, Y14, Y15, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11)
