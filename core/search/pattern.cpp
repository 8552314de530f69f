#include "search/pattern.h"

#include "json/node.h"

#include <re2/re2.h>

using namespace Qt::StringLiterals;

namespace Orgtrace::Search {

namespace {

constexpr QLatin1StringView DomainKey{"domain:"};

} // namespace

Result<Pattern> Pattern::parse(const QString &typed, const QStringList &domains)
{
    if (typed.size() > 2 * LongestText) {
        return Error::make(ErrorCode::TooLarge, u"at most %1 characters can be looked for"_s.arg(LongestText));
    }
    Pattern pattern;
    QString rest = typed.trimmed();
    if (rest.size() > 2 && rest.startsWith(u'"') && rest.endsWith(u'"')) {
        pattern.m_text = rest.sliced(1, rest.size() - 2);
    } else {
        QStringList words;
        for (const QStringList parts = rest.split(u' ', Qt::SkipEmptyParts); const QString &word : parts) {
            if (word.startsWith(DomainKey, Qt::CaseInsensitive)) {
                pattern.m_domains += word.sliced(DomainKey.size()).split(u',', Qt::SkipEmptyParts);
            } else {
                words.append(word);
            }
        }
        // Where nothing was taken out, what stands between the words is looked for as it was typed.
        pattern.m_text = pattern.m_domains.isEmpty() ? rest : words.join(u' ');
        if (const QString &text = pattern.m_text;
            !pattern.m_domains.isEmpty() && text.size() > 2 && text.startsWith(u'"') && text.endsWith(u'"')) {
            pattern.m_text = text.sliced(1, text.size() - 2);
        }
    }
    pattern.m_domains += domains;
    if (pattern.m_text.isEmpty()) {
        return Error::make(ErrorCode::BadInput, u"there is nothing to look for"_s);
    }
    if (pattern.m_text.size() > LongestText) {
        return Error::make(ErrorCode::TooLarge, u"at most %1 characters can be looked for"_s.arg(LongestText));
    }
    if (!pattern.m_text.isValidUtf16()) {
        return Error::make(ErrorCode::BadInput, u"half a character (a lone surrogate) cannot be looked for"_s);
    }
    const QByteArray quoted = Json::Node(pattern.m_text).compactText().trimmed();
    RE2::Options options;
    options.set_literal(true);
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    auto regex = std::make_shared<const RE2>(re2::StringPiece(quoted.constData() + 1, static_cast<size_t>(quoted.size() - 2)), options);
    if (!regex->ok()) {
        return Error::make(ErrorCode::BadInput, u"this text cannot be looked for"_s);
    }
    pattern.m_inJson = std::move(regex);
    return pattern;
}

Pattern::Place Pattern::findInJson(std::string_view json, size_t from) const
{
    re2::StringPiece found;
    if (from > json.size() || !m_inJson->Match({json.data(), json.size()}, from, json.size(), RE2::UNANCHORED, &found, 1)) {
        return {};
    }
    const size_t begin = static_cast<size_t>(found.data() - json.data());
    return {begin, begin + found.size()};
}

} // namespace Orgtrace::Search
