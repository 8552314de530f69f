#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QString>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace Orgtrace::Redaction {

/// Turns secrets into keyed fingerprints `secret:<key id>:<24 hex of HMAC-SHA-256>`: equal secrets of one organisation look equal, nothing
/// else can be learnt. The key belongs to the organisation. (Design, "Secrets"; requirement 2.8.)
class Fingerprinter
{
public:
    /// @param key at least 32 bytes. The key id is the first 8 hex digits of HMAC(key, "orgtrace key id").
    explicit Fingerprinter(QByteArray key);
    [[nodiscard]] QString keyId() const { return m_keyId; }
    [[nodiscard]] std::string fingerprint(std::string_view secret) const;
    /// A literal value that looks like a fingerprint gets one more "literal:" in front, so that nobody can plant one.
    [[nodiscard]] static std::optional<std::string> escapedLiteral(std::string_view value);
    [[nodiscard]] static bool isFingerprint(std::string_view value);
    [[nodiscard]] static std::string_view keyIdOf(std::string_view fingerprint); ///< empty for others

private:
    QByteArray m_key;
    QString m_keyId;
};

/// A value after its secrets were replaced.
struct Redacted {
    std::string text;
    int secrets = 0; ///< how many; 0 where only a planted fingerprint was escaped
};

/// What a member's name says about its value: nothing, that a string there is secret, or that every string at or below it is.
enum class SecretField { No, OwnString, AllBelow };

/// Finds secrets by content (RE2, linear time on hostile input) and by field name (…password, …secret, token, apiKey …).
/// Rules: resources/redaction/*.toml, gitleaks style: [[rules]] id, description, regex, optional secretGroup, keywords (one must occur, letter case
/// ignored), prefilter (must match from the keyword on, in plain and in JSON-escaped text); [[fields]] id, regex over the member name
/// (case-insensitive), except, below. Regexes see bytes, so malformed text hides nothing. Immutable after load; thread-safe.
class Redactor
{
public:
    /// Errors: BadInput with file-free detail naming the rule.
    [[nodiscard]] static Result<Redactor> load(const QByteArray &toml, Fingerprinter fingerprinter);
    /// The rules compiled in, resources/redaction/default.toml.
    [[nodiscard]] static Result<Redactor> builtIn(Fingerprinter fingerprinter);
    Redactor(Redactor &&) noexcept;
    Redactor &operator=(Redactor &&) noexcept;
    ~Redactor();

    [[nodiscard]] const Fingerprinter &fingerprinter() const;
    /// Quick, conservative look at a whole text, plain or canonical JSON: false means redact() would find nothing in any string of it.
    [[nodiscard]] bool mayContainSecret(std::string_view text) const;
    /// The value with each secret inside replaced, or nullopt where nothing was found.
    [[nodiscard]] std::optional<std::string> redactContent(std::string_view value) const;
    /// The same with the number of secrets. Text inside that has a fingerprint's shape is escaped as by Fingerprinter::escapedLiteral.
    [[nodiscard]] std::optional<Redacted> redact(std::string_view value) const;
    [[nodiscard]] SecretField secretField(std::string_view memberName) const;
    /// True where a string member of this name is secret whatever it holds.
    [[nodiscard]] bool isSecretField(std::string_view memberName) const;

private:
    struct Private;
    Redactor();
    std::unique_ptr<Private> d;
};

/// Masks for reports, alerts and logs: keeps enough to recognise, not enough to use. "anna.meier@example.com" → "a…@example.com";
/// phone numbers keep the last two digits. Keeps ids and fingerprints. (Requirement 2.8.)
[[nodiscard]] QString maskPersonal(const QString &value);

} // namespace Orgtrace::Redaction
