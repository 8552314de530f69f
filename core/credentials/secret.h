#pragma once

#include <QByteArray>

#include <memory>
#include <string_view>

namespace Orgtrace::Credentials {

/// Bytes that must not leak: in locked memory that is wiped and kept out of core dumps (libsodium). Shared by copies, immutable.
/// Has no conversion to QString or stream operator on purpose.
class Secret
{
public:
    Secret() = default;
    [[nodiscard]] static Secret take(QByteArray &bytes); ///< copies, then wipes `bytes`
    [[nodiscard]] static Secret random(qsizetype size);
    [[nodiscard]] bool isEmpty() const;
    [[nodiscard]] std::string_view view() const; ///< valid while any copy lives

private:
    struct Buffer;
    std::shared_ptr<const Buffer> m_buffer;
};

} // namespace Orgtrace::Credentials
