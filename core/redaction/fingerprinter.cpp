#include "redaction/redactor.h"

#include "base/digest.h"

namespace Orgtrace::Redaction {

namespace {

constexpr std::string_view prefix = "secret:";
constexpr std::string_view literalPrefix = "literal:";
constexpr size_t keyIdDigits = 8;
constexpr size_t macDigits = 24;

bool isLowerHex(std::string_view text)
{
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace

Fingerprinter::Fingerprinter(QByteArray key) : m_key(std::move(key))
{
    Q_ASSERT(m_key.size() >= 32);
    m_keyId = QString::fromLatin1(hmacSha256(view(m_key), "orgtrace key id").toHex().first(keyIdDigits));
}

std::string Fingerprinter::fingerprint(std::string_view secret) const
{
    const QByteArray mac = hmacSha256(view(m_key), secret).toHex();
    std::string out(prefix);
    out += m_keyId.toStdString();
    out += ':';
    out.append(mac.constData(), macDigits);
    return out;
}

std::optional<std::string> Fingerprinter::escapedLiteral(std::string_view value)
{
    std::string_view core = value;
    while (core.starts_with(literalPrefix))
        core.remove_prefix(literalPrefix.size());
    if (!isFingerprint(core))
        return std::nullopt;
    return std::string(literalPrefix) + std::string(value);
}

bool Fingerprinter::isFingerprint(std::string_view value)
{
    if (value.size() != prefix.size() + keyIdDigits + 1 + macDigits || !value.starts_with(prefix))
        return false;
    value.remove_prefix(prefix.size());
    return value[keyIdDigits] == ':' && isLowerHex(value.substr(0, keyIdDigits)) && isLowerHex(value.substr(keyIdDigits + 1));
}

std::string_view Fingerprinter::keyIdOf(std::string_view fingerprint)
{
    return isFingerprint(fingerprint) ? fingerprint.substr(prefix.size(), keyIdDigits) : std::string_view();
}

} // namespace Orgtrace::Redaction
