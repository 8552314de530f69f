#include "redaction/redactor.h"

#include "redaction/rules.h"

namespace Orgtrace::Redaction {

namespace {

bool isWordByte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

/// The first character of UTF-8 text.
std::string_view firstCharacter(std::string_view text)
{
    size_t length = 1;
    while (length < text.size() && (text[length] & 0xC0) == 0x80)
        ++length;
    return text.substr(0, length);
}

/// First what is kept as it is, then addresses, then numbers: the leftmost wins, and of one place the first in this order.
const RE2 &personal()
{
    static const RE2 regex(
        "(literal:)*secret:[0-9a-f]{8}:[0-9a-f]{24}" // fingerprints
        "|[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}" // ids
        "|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?" // times
        "|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?" // IP addresses, masked by nobody: they are evidence
        "|([^\\s@<>\"'(),:;=\\[\\]]+)@([A-Za-z0-9\\x80-\\xff](?:[A-Za-z0-9.\\x80-\\xff-]*[A-Za-z0-9\\x80-\\xff])?)" // 2: name, 3: domain
        "|(?:[A-Za-z0-9_-]{1,63}\\.)+[A-Za-z]{2,63}\\b" // host names, digits and all: where a trunk points is evidence
        "|(\\+?\\(?[0-9](?:[ ()./\\x{a0}-]{0,3}[0-9]){6,16})", // 4: phone number
        patternOptions(true));
    return regex;
}

} // namespace

QString maskPersonal(const QString &value)
{
    const QByteArray utf8 = value.toUtf8();
    const std::string_view text(utf8.constData(), static_cast<size_t>(utf8.size()));
    const absl::string_view subject(text.data(), text.size());
    constexpr std::string_view dots = "\u2026";
    std::string out;
    size_t done = 0;
    size_t from = 0;
    absl::string_view found[5];
    while (from < text.size() && personal().Match(subject, from, subject.size(), RE2::UNANCHORED, found, 5)) {
        const auto begin = static_cast<size_t>(found[0].data() - text.data());
        const size_t end = begin + found[0].size();
        if (!found[2].empty()) {
            out.append(text.substr(done, begin - done));
            out += firstCharacter({found[2].data(), found[2].size()});
            out += dots;
            out += '@';
            out.append(found[3].data(), found[3].size());
            done = end;
        } else if (!found[4].empty()) {
            const bool inWord
                = (begin > 0 && (isWordByte(text[begin - 1]) || (begin > 1 && text[begin - 1] == '-' && isWordByte(text[begin - 2]))))
                || (end < text.size() && isWordByte(text[end]));
            if (!inWord) {
                out.append(text.substr(done, begin - done));
                out += dots;
                // The last two digits, whatever stands between them.
                std::string tail;
                for (size_t i = end; i > begin && tail.size() < 2; --i) {
                    if (text[i - 1] >= '0' && text[i - 1] <= '9')
                        tail.insert(tail.begin(), text[i - 1]);
                }
                out += tail;
                done = end;
            }
        }
        from = end;
    }
    if (done == 0)
        return value;
    out.append(text.substr(done));
    return QString::fromStdString(out);
}

} // namespace Orgtrace::Redaction
