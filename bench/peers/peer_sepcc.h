/*
 * peer_sepcc.h: the one peer that is always there.
 */
#ifndef SEPCC_BENCH_PEER_SEPCC_H
#define SEPCC_BENCH_PEER_SEPCC_H

#include "peer.h"

extern const struct peer peer_sepcc;

#endif
