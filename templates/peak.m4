M_NEED([V_ISA], [V_LANES], [V_REGISTERS])m4_dnl
m4_define([T_CHAINS], M_EVAL(V_REGISTERS * 3 / 4))m4_dnl
m4_define([T_STEPS], 4)m4_dnl
m4_dnl T_CHAIN(chain): one multiply-add. Neon's adds to its own register, so there the chain is the sum, or each would need a
m4_dnl move. Elsewhere it is a factor: where multiply and add are two, a product of constants would leave the loop.
m4_define([T_CHAIN], [m4_ifelse(V_ISA, [neon], [V_FMA([factor], [term], [$1])], [V_FMA([$1], [factor], [term])])])m4_dnl
m4_define([T_CHAIN_GOES], [m4_ifelse(V_ISA, [neon], [grows until the
 * product no longer counts.], [tends to 1.75. None starts
 * there: compilers drop a chain whose value never changes.])])m4_dnl
m4_define([T_SYMBOL], [sepcc_peak_[]V_ISA])m4_dnl
/*
 * T_SYMBOL: the multiply-add peak of one core with V_ISA, for `sepcc bench`.
 *
 * T_CHAINS chains of dependent multiply-adds in registers, enough to hide their latency.
 */
#include "sepcc.h"

V_OPEN(T_SYMBOL)

m4_ifelse(V_LANES, 1, [/* Holds one chain in a scalar register, so that no compiler joins chains into a vector. */
#if defined(__x86_64__)
#define KEEP_APART(chain) __asm__("" : "+x"(chain))
#elif defined(__aarch64__)
#define KEEP_APART(chain) __asm__("" : "+w"(chain))
#else
#define KEEP_APART(chain) __asm__("" : "+m"(chain))
#endif

])m4_dnl
/*
 * Runs rounds times T_STEPS steps of T_CHAINS chains, far from overflow and denormals. Each T_CHAIN_GOES
 */
static float run(uint64_t rounds)
{
    const V_TYPE factor = V_CONST([0.5f]);
    const V_TYPE term = V_CONST([0.875f]);
M_FOR([I_CHAIN], 0, T_CHAINS, [    V_TYPE chain_[]I_CHAIN = V_CONST(I_CHAIN.5f);
])m4_dnl
    for (uint64_t round = 0; round < rounds; ++round) {
M_FOR([I_STEP], 0, T_STEPS, [M_FOR([I_CHAIN], 0, T_CHAINS, [m4_dnl
        chain_[]I_CHAIN = T_CHAIN([chain_]I_CHAIN);
m4_ifelse(V_LANES, 1, [        KEEP_APART(chain_[]I_CHAIN);
])])])m4_dnl
    }
M_FOR([I_CHAIN], 1, T_CHAINS, [    chain_0 = V_ADD([chain_0], [chain_]I_CHAIN);
])m4_dnl
    float lanes<:V_LANES:>;
    V_STORE([lanes], [chain_0]);
    float sum = 0.0f;
    for (int lane = 0; lane < V_LANES; ++lane)
        sum += *(lanes + lane);
    return sum;
}

const struct sepcc_peak T_SYMBOL = {
    .abi_version = SEPCC_ABI_VERSION,
    .isa = SEPCC_ISA_[]m4_translit(V_ISA, [a-z], [A-Z]),
    .flop_per_round = M_EVAL(2 * V_LANES * T_CHAINS * T_STEPS),
    .run = run,
};

V_CLOSE(T_SYMBOL)
