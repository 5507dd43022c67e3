#!/usr/bin/env bash
# check-objects.sh: compiles the kernels of tests/objects.layers for every ISA, each file alone, with each compiler at
# hand and warnings as errors, and looks at the objects: every symbol that a file defines starts with sepcc_, kernels
# hold no state and call nothing but the C library's arithmetic, and no instruction is above the ISA in the file's name.
set -euo pipefail

cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
JOBS=${JOBS:-$(nproc)}

# ---- what may not occur: extended regular expressions over `mnemonic operands`, by ISA ----

above_sse2='^(v[a-z]|addsubp|h(add|sub)p|movddup|movs[hl]dup|lddqu|pshufb|ph(add|sub)|pabs|psign|pmulhrsw|palignr|pmaddubsw|p?blend|dpp[sd]|extractps|insertps|pinsr[bdq]|pextr[bdq]|pmin(sb|ud|uw|sd)|pmax(sb|ud|uw|sd)|pmul(dq|ld)|pmov[sz]x|ptest|round[sp]|packusdw|pcmp(eqq|gtq|[ei]str)|mpsadbw|phminpos|movntdqa|crc32)'
scalar_extensions='^(popcnt|lzcnt|tzcnt|andn[lq]? |bextr|bls(i|r|msk)|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx|movbe|adcx|adox)'
f16c='^vcvt(ph2ps|ps2ph)'
evex='%zmm|%k[0-7]|%[xy]mm(1[6-9]|2[0-9]|3[01])|\{1to|^(k[a-z]+[bwdq] |vpternlog|vrndscale|vscalef|vmovdq[ua](8|16|32|64)|vperm[it]2|vrange|vreduce|vfixupimm|valign[dq]|vpabsq|vp(min|max)[su]q|vcompress|vp?expand|vget(exp|mant)|vrcp14|vrsqrt14|vcvt[a-z0-9]*(uqq|udq))'
above_avx512dq='^(vpdp|vpopcnt|vpshld|vpshrd|vpermb|vperm[it]2b|vpmultishift|vpmadd52|gf2p8|vgf2p8|vaes|vpclmul|vcvtne|vdpbf16|vexp2|vrcp28|vrsqrt28|vp2intersect|v[a-z0-9]+(ph|sh) )|%tmm'
above_armv8='(^|[ ,{])(z[0-9]+\.|p[0-9]+/)|^([su]dot|usdot|sudot|[su]mmla|usmmla|bf(dot|mmla|mlal|cvt)|fmlal|fmlsl|sqrdml[as]h|fcmla|fcadd|cas[albhp]*|ldadd|swp)|^f[a-z]+ .*(\.[48]h|(^|[ ,])h[0-9])'

forbidden() {
    case $1 in
        x86_64-scalar | x86_64-sse) echo "$above_sse2|$scalar_extensions" ;;
        x86_64-avx2) echo "$evex|$scalar_extensions|$f16c" ;;
        x86_64-avx512) echo "$above_avx512dq|$scalar_extensions" ;;
        aarch64-*) echo "$above_armv8" ;;
        *) echo . ;;
    esac
}

# The expressions themselves: each line names an ISA and an instruction that it must refuse (-) or allow (+).
while read -r mark where instruction; do
    found=-
    grep -qE "$(forbidden "$where")" <<<"$instruction" || found=+
    [ "$found" = "$mark" ] || {
        echo "check-objects: '$instruction' is misjudged for $where" >&2
        exit 1
    }
done <<'SAMPLES'
- x86_64-scalar vfmadd231ss %xmm1,%xmm2,%xmm3
- x86_64-sse pmulld %xmm1,%xmm0
+ x86_64-sse andnps %xmm1,%xmm0
- x86_64-sse andn %rax,%rbx,%rcx
+ x86_64-sse mulps %xmm1,%xmm0
- x86_64-avx2 vaddps %zmm1,%zmm2,%zmm3
- x86_64-avx2 vaddps %ymm1,%ymm20,%ymm3
- x86_64-avx2 shlx %rax,%rbx,%rcx
+ x86_64-avx2 vfmadd231ps (%rax),%ymm1,%ymm15
- x86_64-avx512 vpdpbusd %zmm1,%zmm2,%zmm3
+ x86_64-avx512 vfmadd231ps (%rax){1to16},%zmm1,%zmm31
- aarch64-neon sdot v0.4s, v1.16b, v2.16b
- aarch64-neon fadd v0.8h, v1.8h, v2.8h
+ aarch64-neon fmla v0.4s, v1.4s, v2.s[1]
SAMPLES

# ---- compiling ----

work=$(mktemp -d "$BUILD/objects.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$BUILD/sepcc" gen -f tests/objects.layers --isa all -o "$work/bundle"
flags=(-std=c11 -O2 -ffp-contract=off -fno-pie -Wall -Wextra -Wpedantic -Werror)

# precompile ARCHITECTURE GCC: the long system headers, on which gcc spends most of a kernel's time; the objects are the
# same. Clang reads them in each kernel anew, so that a kernel that lacks an include is seen.
precompile() {
    case $1 in
        x86_64) echo '#include <immintrin.h>' ;;
        aarch64) echo '#include <arm_neon.h>' ;;
    esac >"$work/$1.h"
    "$2" "${flags[@]}" -x c-header "$work/$1.h" -o "$work/$1.h.gch"
}

# compile FOLDER COMPILER...: every file of the bundle, alone
compile() {
    local folder=$work/$1
    shift
    mkdir "$folder"
    find "$work/bundle" -name '*.c' -print0 | xargs -0 -P "$JOBS" -I {} sh -c '
        folder=$1 source=$2
        shift 2
        "$@" -c "$source" -o "$folder/$(basename "$source" .c).o"' sh "$folder" {} "$@" "${flags[@]}"
}

# ---- looking ----

trouble=0
complain() {
    echo "check-objects: $*" >&2
    trouble=1
}

# complain_all WHAT: of each line of standard input
complain_all() {
    local line
    while read -r line; do complain "$line $1"; done
}

# instructions OBJDUMP OBJECT...: a line `object NAME` for each, then its instructions
instructions() {
    "$1" -d --no-show-raw-insn "${@:2}" | sed -nE 's|^.*/(.*)\.o: +file format .*|object \1|p; s/^ *[0-9a-f]+:\t//p' | tr -s '\t ' ' '
}

# symbols WHICH NM OPTION...: `NAME TYPE SYMBOL` of those for which WHICH, an awk expression of name, type and $NF, holds
symbols() {
    "${@:2}" | awk '{ name = $1; sub(/:.*/, "", name); sub(/.*\//, "", name); type = $(NF - 1); sub(/.*:/, "", type) }
        '"$1"' { print name ": " $NF }'
}

# examine ARCHITECTURE FOLDER OBJDUMP NM
examine() {
    local folder=$work/$2 isa objects
    symbols '$NF !~ /^sepcc_/' "$4" -A -g --defined-only "$folder"/*.o >"$work/found"
    complain_all "is defined" <"$work/found"
    for isa in $(find "$folder" -name '*.o' | sed -nE 's|^.*/sepcc_.*__([a-z0-9]+)_[^_].*$|\1|p' | sort -u); do
        objects=("$folder"/sepcc_*__"$isa"_*.o)
        symbols 'type ~ /^[bBcCdDgGsS]$/' "$4" -A "${objects[@]}" >"$work/found"
        complain_all "is writable data" <"$work/found"
        symbols '$NF !~ /^(fmaf|memcpy|memset|memmove)$/' "$4" -A -u "${objects[@]}" >"$work/found"
        complain_all "is called" <"$work/found"
        instructions "$3" "${objects[@]}" | LC_ALL=C grep -E "^object |$(forbidden "$1-$isa")" >"$work/found"
        awk '$1 == "object" { name = $2; next } { print name ": " $0 }' "$work/found" >"$work/bad"
        complain_all "is above $isa" <"$work/bad"
        [ "$(grep -c '^object ' "$work/found")" -eq ${#objects[@]} ] || complain "$2: an object of $isa was not looked at"
        count=$((count + ${#objects[@]}))
    done
}

count=0
host=$(uname -m)
for cc in gcc clang; do
    if command -v $cc >/dev/null; then
        extra=()
        [ $cc != gcc ] || { precompile "$host" gcc && extra=(-include "$work/$host.h"); }
        compile "$host-$cc" $cc "${extra[@]}"
        examine "$host" "$host-$cc" objdump nm
    fi
done
if [ "$host" != aarch64 ] && command -v aarch64-linux-gnu-gcc >/dev/null; then
    precompile aarch64 aarch64-linux-gnu-gcc
    compile aarch64-gcc aarch64-linux-gnu-gcc -include "$work/aarch64.h"
    examine aarch64 aarch64-gcc aarch64-linux-gnu-objdump aarch64-linux-gnu-nm
    compile aarch64-clang clang --target=aarch64-linux-gnu
    examine aarch64 aarch64-clang aarch64-linux-gnu-objdump aarch64-linux-gnu-nm
fi

bad=$(nm -g --defined-only "$BUILD/libsepcc.a" 2>/dev/null | awk 'NF == 3 && $3 !~ /^sepcc_/ { print $3 }')
[ -z "$bad" ] || complain "libsepcc.a defines" $bad

[ "$count" -gt 0 ] || complain "no kernel was looked at"
[ $trouble -eq 0 ] && echo "$count objects looked at"
