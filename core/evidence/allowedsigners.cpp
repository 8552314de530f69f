#include "evidence/allowedsigners.h"

#include "base/digest.h"

#include <QTimeZone>

namespace Orgtrace::Evidence {

namespace {

/// Shell-like pattern of ssh: '*' and '?'. Linear: at most one backtrack point is kept.
bool matches(std::string_view pattern, std::string_view text)
{
    size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p, ++t;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

/// YYYYMMDD or YYYYMMDDHHMM[SS], with Z for UTC, else the system's zone.
QDateTime validity(QByteArray text)
{
    const bool utc = text.endsWith('Z') || text.endsWith('z');
    if (utc)
        text.chop(1);
    if (text.size() != 8 && text.size() != 12 && text.size() != 14)
        return {};
    for (const char c : text) {
        if (c < '0' || c > '9')
            return {};
    }
    const auto number = [&](qsizetype at, qsizetype length) { return at < text.size() ? text.mid(at, length).toInt() : 0; };
    const QDate date(number(0, 4), number(4, 2), number(6, 2));
    const QTime time(number(8, 2), number(10, 2), number(12, 2));
    return {date, time, utc ? QTimeZone(QTimeZone::UTC) : QTimeZone(QTimeZone::LocalTime)};
}

/// Cuts the next word, quotes kept together, off the line.
QByteArray word(QByteArray &line)
{
    bool quoted = false;
    qsizetype i = 0;
    for (; i < line.size(); ++i) {
        if (line[i] == '"' && (i == 0 || line[i - 1] != '\\'))
            quoted = !quoted;
        else if (!quoted && (line[i] == ' ' || line[i] == '\t'))
            break;
    }
    const QByteArray out = quoted ? QByteArray() : line.left(i);
    line = line.mid(i).trimmed();
    return out;
}

/// Splits options at commas outside quotes.
QList<QByteArray> options(const QByteArray &text)
{
    QList<QByteArray> out;
    QByteArray current;
    bool quoted = false;
    for (const char c : text) {
        if (c == '"')
            quoted = !quoted;
        if (c == ',' && !quoted) {
            out += current;
            current.clear();
        } else {
            current += c;
        }
    }
    out += current;
    return out;
}

bool applyOption(AllowedSigner &signer, const QByteArray &option)
{
    const qsizetype equals = option.indexOf('=');
    const QByteArray name = option.left(equals < 0 ? option.size() : equals).toLower();
    QByteArray value = equals < 0 ? QByteArray() : option.mid(equals + 1);
    if (value.size() < 2 || !value.startsWith('"') || !value.endsWith('"'))
        return false;
    value = value.mid(1, value.size() - 2);
    if (name == "namespaces") {
        signer.namespaces = value;
        return !value.isEmpty();
    }
    if (name == "valid-after") {
        signer.validAfter = validity(value);
        return signer.validAfter.isValid();
    }
    if (name == "valid-before") {
        signer.validBefore = validity(value);
        return signer.validBefore.isValid();
    }
    return false; // cert-authority and what we do not know
}

} // namespace

bool AllowedSigner::allowsNamespace(std::string_view name) const
{
    if (namespaces.isEmpty())
        return true;
    bool allowed = false;
    const QList<QByteArray> patterns = namespaces.split(',');
    for (const QByteArray &pattern : patterns) {
        if (pattern.startsWith('!')) {
            if (matches(view(pattern).substr(1), name))
                return false;
        } else if (matches(view(pattern), name)) {
            allowed = true;
        }
    }
    return allowed;
}

bool AllowedSigner::isValidAt(const QDateTime &when) const
{
    if (!when.isValid())
        return true;
    return (!validAfter.isValid() || when >= validAfter) && (!validBefore.isValid() || when <= validBefore);
}

QList<AllowedSigner> parseAllowedSigners(const QByteArray &text)
{
    QList<AllowedSigner> out;
    const QList<QByteArray> lines = text.split('\n');
    for (const QByteArray &raw : lines) {
        QByteArray line = raw.trimmed();
        if (line.isEmpty() || line.startsWith('#') || line.size() > 8192)
            continue;
        AllowedSigner signer;
        QByteArray principals = word(line);
        if (principals.startsWith('"') && principals.endsWith('"') && principals.size() >= 2)
            principals = principals.mid(1, principals.size() - 2);
        signer.principals = QString::fromUtf8(principals).split(u',', Qt::SkipEmptyParts);
        QByteArray next = word(line);
        bool usable = !signer.principals.isEmpty();
        if (next != "ssh-ed25519") {
            const QList<QByteArray> list = options(next);
            for (const QByteArray &option : list)
                usable = usable && applyOption(signer, option);
            next = word(line);
        }
        const auto key = QByteArray::fromBase64Encoding(word(line), QByteArray::AbortOnBase64DecodingErrors);
        if (!usable || next != "ssh-ed25519" || !key)
            continue;
        signer.keyBlob = key.decoded;
        out += signer;
    }
    return out;
}

} // namespace Orgtrace::Evidence
