#include "compare/fingerprints.h"

namespace Orgtrace::Compare {

namespace {

size_t hexRun(std::string_view text, size_t at)
{
    size_t length = 0;
    while (at + length < text.size()) {
        const char c = text[at + length];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            break;
        ++length;
    }
    return length;
}

constexpr std::string_view Prefix = "secret:";
constexpr std::string_view Escape = "literal:"; // a value that only looks like a fingerprint
constexpr size_t HashLength = 24;

} // namespace

Fingerprints fingerprintsIn(std::string_view text)
{
    Fingerprints out;
    size_t from = 0;
    for (size_t at = text.find(Prefix); at != std::string_view::npos; at = text.find(Prefix, at + 1)) {
        const size_t key = at + Prefix.size();
        const size_t keyLength = hexRun(text, key);
        const size_t hash = key + keyLength + 1;
        if (keyLength == 0 || keyLength > 64 || hash > text.size() || text[hash - 1] != ':' || hexRun(text, hash) != HashLength)
            continue;
        if (at < from || text.substr(0, at).ends_with(Escape))
            continue;
        out.plain.append(text.substr(from, at - from)).push_back('\x01');
        out.keys.push_back(text.substr(key, keyLength));
        out.hashes.push_back(text.substr(hash, HashLength));
        from = hash + HashLength;
    }
    out.plain.append(text.substr(from));
    return out;
}

SecretRelation relateSecrets(std::string_view left, std::string_view right)
{
    if (left.find(Prefix) == std::string_view::npos || right.find(Prefix) == std::string_view::npos)
        return SecretRelation::Ordinary;
    const Fingerprints a = fingerprintsIn(left), b = fingerprintsIn(right);
    if (a.keys.empty() || a.keys.size() != b.keys.size() || a.plain != b.plain)
        return SecretRelation::Ordinary;
    bool otherKey = false;
    for (size_t i = 0; i < a.keys.size(); ++i) {
        if (a.keys[i] != b.keys[i])
            otherKey = true;
        else if (a.hashes[i] != b.hashes[i])
            return SecretRelation::Ordinary; // this one is known to differ
    }
    return otherKey ? SecretRelation::NotComparable : SecretRelation::Ordinary;
}

} // namespace Orgtrace::Compare
