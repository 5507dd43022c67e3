/*
 * main.cpp: a bundle's stage as a C++ object that owns its packed weights. Ones as weights make each output
 * the sum of a pixel's channels, and its bias.
 */
#include "golden.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

namespace
{

struct Free {
    void operator()(void *memory) const
    {
        sepcc_golden_free(memory);
    }
};
using Memory = std::unique_ptr<void, Free>;

Memory allocate(std::size_t bytes)
{
    Memory memory(sepcc_golden_alloc(bytes));
    if (!memory)
        throw std::bad_alloc();
    return memory;
}

class Pointwise
{
  public:
    Pointwise(const std::vector<float> &weight, const std::vector<float> &bias)
        : packed_(allocate(SEPCC_GOLDEN_PW_PACKED_BYTES)),
          workspace_(allocate(SEPCC_GOLDEN_PW_WORKSPACE_BYTES))
    {
        if (sepcc_golden_pw_pack(weight.data(), bias.data(), packed_.get()) != 0)
            throw std::runtime_error("no kernel for this CPU");
    }

    std::vector<float> operator()(const std::vector<float> &in) const
    {
        std::vector<float> out(SEPCC_GOLDEN_PW_OUT_COUNT);
        if (sepcc_golden_pw(in.data(), out.data(), packed_.get(), workspace_.get()) != 0)
            throw std::runtime_error("no kernel for this CPU");
        return out;
    }

  private:
    Memory packed_, workspace_;
};

} // namespace

int main()
try {
    const std::vector<float> weight(SEPCC_GOLDEN_PW_WEIGHT_COUNT, 1.0f);
    const Pointwise stage(weight, std::vector<float>(10, 0.5f));
    const std::vector<float> out = stage(std::vector<float>(SEPCC_GOLDEN_PW_IN_COUNT, 0.25f));
    const bool right =
        std::all_of(out.begin(), out.end(), [](float x) { return !(x < 3.75f) && !(x > 3.75f); });
    std::printf("golden pw: %s\n", right ? sepcc_isa_name(sepcc_golden_pw_kernel()->isa) : "wrong");
    return right ? 0 : 1;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
