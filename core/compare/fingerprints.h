#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace Orgtrace::Compare {

/// A string with its secrets taken apart: `secret:<key id>:<24 hex>` (design, "Secrets"), wherever it stands in the text.
struct Fingerprints {
    std::string plain; ///< the text with each fingerprint replaced by one control character
    std::vector<std::string_view> keys, hashes;
};
[[nodiscard]] Fingerprints fingerprintsIn(std::string_view text);

enum class SecretRelation {
    Ordinary, ///< compare as any other text
    NotComparable, ///< the same text around secrets under different keys
};
[[nodiscard]] SecretRelation relateSecrets(std::string_view left, std::string_view right);

} // namespace Orgtrace::Compare
