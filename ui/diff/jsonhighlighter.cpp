#include "diff/jsonhighlighter.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <KSyntaxHighlighting/AbstractHighlighter>
#include <KSyntaxHighlighting/Definition>
#include <KSyntaxHighlighting/Format>
#include <KSyntaxHighlighting/Repository>
#include <KSyntaxHighlighting/State>
#include <KSyntaxHighlighting/Theme>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace KSH = KSyntaxHighlighting;

class JsonHighlighter::Private final : public KSH::AbstractHighlighter
{
public:
    Private()
    {
        setDefinition(repository.definitionForName(u"JSON"_s));
        setTheme(repository.defaultTheme(KSH::Repository::LightTheme));
        inObject = highlightLine(u"{", KSH::State());
        inArray = highlightLine(u"[", KSH::State());
        pieces.clear();
    }

    void applyFormat(int offset, int length, const KSH::Format &format) override
    {
        if (length <= 0) {
            return;
        }
        Token token = Token::Other;
        switch (format.textStyle()) {
        case KSH::Theme::DataType: token = Token::Key; break;
        case KSH::Theme::String:
        case KSH::Theme::SpecialString:
        case KSH::Theme::VerbatimString:
        case KSH::Theme::Char:
        case KSH::Theme::SpecialChar: token = Token::String; break;
        case KSH::Theme::DecVal:
        case KSH::Theme::BaseN:
        case KSH::Theme::Float: token = Token::Number; break;
        case KSH::Theme::Constant:
        case KSH::Theme::Keyword:
        case KSH::Theme::BuiltIn: token = Token::Word; break;
        case KSH::Theme::Error: token = Token::Error; break;
        default: return;
        }
        pieces.append({offset, length, token});
    }

    KSH::State run(const QString &line, const KSH::State &state)
    {
        pieces.clear();
        return highlightLine(line, state);
    }

    KSH::Repository repository;
    KSH::State inObject, inArray;
    QList<Piece> pieces;
};

JsonHighlighter::JsonHighlighter() : d(std::make_unique<Private>()) { }

JsonHighlighter::~JsonHighlighter() = default;

bool JsonHighlighter::isValid() const
{
    return d->definition().isValid();
}

QList<JsonHighlighter::Piece> JsonHighlighter::highlight(const QString &line)
{
    if (!isValid()) {
        return {};
    }
    const LineParts parts = lineParts(line);
    if (!parts.hasKey()) {
        // A bracket is plain either way; a scalar without a name stands in an array.
        const QStringView text = QStringView(line).trimmed();
        if (text.isEmpty() || (text.size() <= 2 && u"{}[],"_s.contains(text.front()))) {
            return {};
        }
        d->run(line, d->inArray);
    } else {
        d->run(line, d->inObject);
    }
    QList<Piece> pieces = d->pieces;
    // A string cut for display has no end quote any more: that is no error of the evidence.
    if (line.endsWith(u'…') && !pieces.isEmpty() && pieces.last().token == Token::Error) {
        pieces.last().token = Token::String;
    }
    return pieces;
}

QColor JsonHighlighter::colour(Token token)
{
    const bool dark = Theme::isDark();
    switch (token) {
    case Token::Key: return QColor(dark ? 0x79c0ff : 0x0a4f9e);
    case Token::String: return QColor(dark ? 0xb5e08c : 0x2a6b10);
    case Token::Number: return QColor(dark ? 0xffb86b : 0x8a4600);
    case Token::Word: return QColor(dark ? 0xd7a8ff : 0x6f2da8);
    case Token::Error: return Theme::removed();
    case Token::Other: break;
    }
    return {};
}

} // namespace Orgtrace::Ui
