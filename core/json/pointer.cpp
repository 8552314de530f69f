#include "json/pointer.h"

#include "json/text.h"

#include <charconv>

namespace Orgtrace::Json {

QString pointerToken(const QString &token)
{
    QString out = token;
    return out.replace(u'~', QLatin1StringView("~0")).replace(u'/', QLatin1StringView("~1"));
}

QString pointerText(const QStringList &tokens)
{
    QString out;
    for (const QString &token : tokens) {
        out += u'/' + pointerToken(token);
    }
    return out;
}

Result<QStringList> parsePointer(const QString &pointer)
{
    QStringList tokens;
    if (pointer.isEmpty())
        return tokens;
    if (!pointer.startsWith(QLatin1Char('/'))) {
        return Error::make(ErrorCode::BadInput, QStringLiteral("a JSON pointer is empty or begins with /"), pointer);
    }
    QString token;
    for (qsizetype i = 1; i <= pointer.size(); ++i) {
        if (i == pointer.size() || pointer[i] == QLatin1Char('/')) {
            tokens.append(token);
            token.clear();
        } else if (pointer[i] != QLatin1Char('~')) {
            token += pointer[i];
        } else {
            const QChar next = i + 1 < pointer.size() ? pointer[i + 1] : QChar();
            if (next != QLatin1Char('0') && next != QLatin1Char('1')) {
                return Error::make(ErrorCode::BadInput, QStringLiteral("in a JSON pointer ~ is followed by 0 (for ~) or 1 (for /)"),
                                   pointer);
            }
            token += next == QLatin1Char('0') ? QLatin1Char('~') : QLatin1Char('/');
            ++i;
        }
    }
    return tokens;
}

Value resolve(Value root, const QStringList &tokens)
{
    Value at = root;
    for (const QString &token : tokens) {
        const std::string name = toUtf8(token);
        if (at.isArray()) {
            qsizetype index = 0;
            const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
            const bool plain = !name.empty() && name.front() != '-' && (name.size() == 1 || name.front() != '0');
            if (!plain || error != std::errc() || end != name.data() + name.size())
                return {};
            at = at.at(index);
        } else {
            at = at[name];
        }
        if (at.isMissing())
            return {};
    }
    return at;
}

} // namespace Orgtrace::Json
