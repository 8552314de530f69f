#include "evidence/deflater.h"

#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include <algorithm>

namespace Orgtrace::Evidence {

namespace {

constexpr size_t EnoughLearnt = 1024UL * 1024;
constexpr size_t LearntOfOne = 64UL * 1024; ///< so that one large object does not speak for all
constexpr size_t LargestForIgzip = 1024UL * 1024 * 1024; ///< it counts in 32 bits

/// zlib's own way, for whatever igzip does not take.
void appendByZlib(std::string &out, std::string_view content)
{
    const size_t before = out.size();
    auto size = compressBound(static_cast<uLong>(content.size()));
    out.resize(before + size);
    compress2(reinterpret_cast<Bytef *>(out.data() + before), &size, reinterpret_cast<const Bytef *>(content.data()),
              static_cast<uLong>(content.size()), 1); // the bound makes one call enough
    out.resize(before + size);
}

} // namespace

struct PackCodes::Private {
    isal_huff_histogram seen{};
    isal_hufftables tables{};
    size_t learnt = 0, settled = 0;
};

PackCodes::PackCodes() : d(std::make_unique<Private>()) { }
PackCodes::~PackCodes() = default;

bool PackCodes::hasLearnt() const
{
    return d->learnt >= EnoughLearnt;
}

void PackCodes::learn(std::string_view content)
{
    content = content.substr(0, LearntOfOne);
    // The function takes what it only reads as if it wrote it.
    isal_update_histogram(reinterpret_cast<uint8_t *>(const_cast<char *>(content.data())), static_cast<int>(content.size()), &d->seen);
    d->learnt += content.size();
}

void PackCodes::settle()
{
    if (d->learnt < 2 * d->settled || d->learnt == 0) {
        return;
    }
    isal_huff_histogram counted = d->seen; // its counts are used up
    if (isal_create_hufftables(&d->tables, &counted) == 0) {
        d->settled = d->learnt;
    }
}

struct Deflater::Private {
    isal_zstream stream{};
};

Deflater::Deflater() : d(std::make_unique<Private>()) { }
Deflater::~Deflater() = default;

void Deflater::append(std::string &out, std::string_view content, const PackCodes &codes)
{
    if (content.empty() || content.size() > LargestForIgzip) {
        appendByZlib(out, content);
        return;
    }
    isal_zstream &stream = d->stream;
    isal_deflate_stateless_init(&stream);
    if (codes.d->settled > 0) {
        isal_deflate_set_hufftables(&stream, &codes.d->tables, IGZIP_HUFFTABLE_CUSTOM);
    }
    stream.gzip_flag = IGZIP_ZLIB;
    stream.end_of_stream = 1;
    stream.next_in = reinterpret_cast<uint8_t *>(const_cast<char *>(content.data()));
    stream.avail_in = static_cast<uint32_t>(content.size());
    const size_t before = out.size();
    // What cannot be packed is stored: a few bytes for every 64 KB. The codes come first.
    const size_t bound = content.size() + content.size() / 1024 + 1024;
    bool isPacked = false;
    out.resize_and_overwrite(before + bound, [&](char *data, size_t) {
        stream.next_out = reinterpret_cast<uint8_t *>(data + before);
        stream.avail_out = static_cast<uint32_t>(bound);
        isPacked = isal_deflate_stateless(&stream) == COMP_OK && stream.avail_in == 0;
        return isPacked ? before + stream.total_out : before;
    });
    if (!isPacked) {
        appendByZlib(out, content);
    }
}

} // namespace Orgtrace::Evidence
