#ifndef DICE_H
#define DICE_H

/* Chance that is the same in every run: xorshift64, begun with dice_seed. */

#include <stdbool.h>
#include <stdint.h>

static uint64_t dice_seed;		/* never 0 */

/* 0 to sides - 1. */
static inline uint32_t
dice(uint32_t sides)
{
	dice_seed ^= dice_seed << 13;
	dice_seed ^= dice_seed >> 7;
	dice_seed ^= dice_seed << 17;
	return (uint32_t)(dice_seed >> 33) % sides;
}

static inline bool
one_in(uint32_t n)
{
	return dice(n) == 0;
}

#endif
