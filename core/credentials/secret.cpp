#include "credentials/secret.h"

#include <sodium.h>

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>

namespace Orgtrace::Credentials {

namespace {
// sodium_malloc's pages: locked where the limit allows, guarded at both ends. Its own MADV_DONTDUMP hangs on the lock succeeding
// in some builds, so it is asked for again.
void keepOutOfDumps(void *data, size_t size)
{
    const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    const size_t before = reinterpret_cast<size_t>(data) & (page - 1); // madvise wants whole pages
    ::madvise(static_cast<char *>(data) - before, (before + size + page - 1) & ~(page - 1), MADV_DONTDUMP);
}
} // namespace

struct Secret::Buffer {
    explicit Buffer(size_t length) : size(length), data(static_cast<char *>(nullptr))
    {
        if (sodium_init() < 0)
            throw std::bad_alloc(); // no secure random, no secure memory: nothing sensible can follow
        data = static_cast<char *>(sodium_malloc(length));
        if (!data)
            throw std::bad_alloc();
        keepOutOfDumps(data, length);
    }
    ~Buffer() { sodium_free(data); } // wipes
    Q_DISABLE_COPY_MOVE(Buffer)
    void seal() { sodium_mprotect_readonly(data); }
    size_t size;
    char *data;
};

Secret Secret::take(QByteArray &bytes)
{
    Secret secret;
    if (!bytes.isEmpty()) {
        auto buffer = std::make_shared<Buffer>(static_cast<size_t>(bytes.size()));
        std::memcpy(buffer->data, bytes.constData(), buffer->size);
        buffer->seal();
        secret.m_buffer = std::move(buffer);
        // Other sharers of the bytes are the caller's business; this one's copy goes.
        if (bytes.isDetached())
            sodium_memzero(bytes.data(), static_cast<size_t>(bytes.size()));
    }
    bytes.clear();
    return secret;
}

Secret Secret::random(qsizetype size)
{
    Secret secret;
    if (size > 0) {
        auto buffer = std::make_shared<Buffer>(static_cast<size_t>(size));
        randombytes_buf(buffer->data, buffer->size);
        buffer->seal();
        secret.m_buffer = std::move(buffer);
    }
    return secret;
}

bool Secret::isEmpty() const
{
    return !m_buffer;
}

std::string_view Secret::view() const
{
    return m_buffer ? std::string_view(m_buffer->data, m_buffer->size) : std::string_view();
}

} // namespace Orgtrace::Credentials
