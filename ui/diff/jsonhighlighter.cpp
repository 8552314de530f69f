#include "diff/jsonhighlighter.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <KSyntaxHighlighting/AbstractHighlighter>
#include <KSyntaxHighlighting/Definition>
#include <KSyntaxHighlighting/Format>
#include <KSyntaxHighlighting/Repository>
#include <KSyntaxHighlighting/State>
#include <KSyntaxHighlighting/Theme>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace KSH = KSyntaxHighlighting;

namespace {

/// WCAG 2: relative luminance, and the contrast of two colours.
double relativeLuminance(const QColor &colour)
{
    const auto linear = [](double c) { return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

double contrast(const QColor &a, const QColor &b)
{
    const double one = relativeLuminance(a) + 0.05, other = relativeLuminance(b) + 0.05;
    return std::max(one, other) / std::min(one, other);
}

} // namespace

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
        default:
            if (!isThemed) {
                return;
            }
        }
        Piece piece{offset, length, token, {}, false};
        if (isThemed) {
            piece.ink = legible(format.textColor(theme()));
            piece.bold = format.isBold(theme());
        }
        pieces.append(piece);
    }

    KSH::State run(const QString &line, const KSH::State &state)
    {
        pieces.clear();
        return highlightLine(line, state);
    }

    [[nodiscard]] QColor legible(QColor ink) const
    {
        const QColor end = relativeLuminance(page) > 0.18 ? QColor(Qt::black) : QColor(Qt::white);
        for (int step = 0; step < 10 && contrast(ink, page) < 4.5; ++step) {
            ink = QColor::fromRgbF(ink.redF() * 0.8F + end.redF() * 0.2F, ink.greenF() * 0.8F + end.greenF() * 0.2F,
                                   ink.blueF() * 0.8F + end.blueF() * 0.2F);
        }
        return ink;
    }

    KSH::Repository repository;
    bool isThemed = false;
    QColor page = Qt::white;
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

void JsonHighlighter::setColours(const QString &theme, const QColor &page)
{
    const KSH::Theme found = theme.isEmpty() ? KSH::Theme() : d->repository.theme(theme);
    d->isThemed = found.isValid();
    d->page = page;
    d->setTheme(d->isThemed ? found : d->repository.defaultTheme(KSH::Repository::LightTheme));
}

QList<JsonHighlighter::Choice> JsonHighlighter::choices(bool dark) const
{
    QList<Choice> out;
    for (const auto themes = d->repository.themes(); const KSH::Theme &theme : themes) {
        const bool isDark = relativeLuminance(QColor::fromRgb(theme.editorColor(KSH::Theme::BackgroundColor))) < 0.18;
        if (isDark == dark) {
            out.append({theme.name(), theme.translatedName()});
        }
    }
    std::ranges::sort(out, {}, &Choice::title);
    return out;
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
