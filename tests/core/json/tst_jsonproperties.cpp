#include "json/canonical.h"
#include "json/equality.h"
#include "json/node.h"
#include "json/value.h"

#include <QTest>

#include <random>

using namespace Orgtrace;
using namespace Orgtrace::Json;

namespace {

/// A naive JSON model: what the room is checked against.
struct Model {
    enum Type { Literal, Text, List, Dictionary } type = Literal;
    std::string literal; // true, null, 1.50: as written
    std::u32string text; // code points, lone surrogates too
    std::vector<Model> items;
    std::vector<std::pair<std::u32string, Model>> members; // names differ
};

class Source
{
public:
    explicit Source(unsigned seed) : m_random(seed) { }
    unsigned below(unsigned bound) { return static_cast<unsigned>(m_random() % bound); }
    bool oneIn(unsigned n) { return below(n) == 0; }

    std::u32string text()
    {
        std::u32string out;
        for (unsigned length = oneIn(6) ? below(60) : below(9); length > 0; --length) {
            switch (below(12)) {
            case 0: out += static_cast<char32_t>(below(0x20)); break;
            case 1: out += U"\"\\/'<>\x7F"[below(7)]; break;
            case 2: out += static_cast<char32_t>(0x80 + below(0x700)); break;
            case 3: out += static_cast<char32_t>(0xD000 + below(0x800)); break; // Hangul: the same lead byte as surrogates
            case 4: out += static_cast<char32_t>(0x10000 + below(0x100000)); break;
            case 5: out += static_cast<char32_t>(0xE000 + below(0x2000)); break;
            case 6:
                if (oneIn(3))
                    out += static_cast<char32_t>(0xD800 + below(0x800));
                break;
            default: out += static_cast<char32_t>('a' + below(26)); break;
            }
            // A high surrogate right before a low one would be a pair, not two lone ones.
            const size_t n = out.size();
            if (n > 1 && out[n - 2] >= 0xD800 && out[n - 2] < 0xDC00 && out[n - 1] >= 0xDC00 && out[n - 1] < 0xE000)
                out.pop_back();
        }
        return out;
    }

    std::string number()
    {
        std::string out = oneIn(3) ? "-" : "";
        out += oneIn(4) ? "0" : std::to_string(1 + below(1'000'000));
        if (oneIn(5))
            out += std::string(below(30), '7');
        if (out == "0" + std::string(out.size() - 1, '7') || out == "-0" + std::string(out.size() > 2 ? out.size() - 2 : 0, '7'))
            out = "0";
        if (oneIn(3))
            out += "." + std::to_string(below(100'000));
        if (oneIn(4))
            out += std::string(oneIn(2) ? "e" : "E") + (oneIn(3) ? "+" : oneIn(2) ? "-" : "") + std::to_string(below(1000));
        return out;
    }

    Model value(int depth)
    {
        Model out;
        const unsigned kind = below(depth > 5 ? 5 : 8);
        if (kind < 2) {
            out.literal = number();
        } else if (kind == 2) {
            static const char *const words[] = {"true", "false", "null"};
            out.literal = words[below(3)];
        } else if (kind < 5) {
            out.type = Model::Text;
            out.text = text();
        } else if (kind == 5) {
            out.type = Model::List;
            for (unsigned n = below(6); n > 0; --n)
                out.items.push_back(value(depth + 1));
        } else {
            out.type = Model::Dictionary;
            for (unsigned n = oneIn(10) ? 40 : below(8); n > 0; --n) {
                std::u32string name = text();
                if (std::ranges::none_of(out.members, [&](const auto &member) { return member.first == name; }))
                    out.members.emplace_back(std::move(name), value(depth + 3));
            }
        }
        return out;
    }

    void shuffle(Model &model)
    {
        std::ranges::shuffle(model.members, m_random);
        for (auto &member : model.members)
            shuffle(member.second);
        for (auto &item : model.items)
            shuffle(item);
    }

private:
    std::mt19937 m_random;
};

std::string unitEscape(char32_t unit, bool upper)
{
    return QString::asprintf(upper ? "\\u%04X" : "\\u%04x", static_cast<unsigned>(unit)).toStdString();
}

void appendUtf8(std::string &out, char32_t c)
{
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | (c >> 12));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (c >> 18));
        out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    }
}

/// Any legal way to write it: escapes where one may, blanks anywhere.
class Scribble
{
public:
    explicit Scribble(Source &source) : m_source(source) { }
    std::string write(const Model &model)
    {
        std::string out;
        value(out, model);
        return out;
    }

private:
    void blank(std::string &out)
    {
        if (m_source.oneIn(3))
            out += " \n\t\r"[m_source.below(4)];
    }
    void string(std::string &out, const std::u32string &text)
    {
        out += '"';
        for (const char32_t c : text) {
            const bool surrogate = c >= 0xD800 && c < 0xE000;
            const bool must = c < 0x20 || c == '"' || c == '\\' || surrogate;
            if (!must && !m_source.oneIn(8)) {
                appendUtf8(out, c);
            } else if ((c == '"' || c == '\\' || c == '/') && m_source.oneIn(2)) {
                out += '\\';
                out += static_cast<char>(c);
            } else if (c >= 0x10000) {
                out += unitEscape(0xD800 + ((c - 0x10000) >> 10), m_source.oneIn(2));
                out += unitEscape(0xDC00 + ((c - 0x10000) & 0x3FF), m_source.oneIn(2));
            } else {
                out += unitEscape(c, m_source.oneIn(2));
            }
        }
        out += '"';
    }
    void value(std::string &out, const Model &model)
    {
        blank(out);
        switch (model.type) {
        case Model::Literal: out += model.literal; break;
        case Model::Text: string(out, model.text); break;
        case Model::List:
            out += '[';
            for (size_t i = 0; i < model.items.size(); ++i) {
                out += i ? "," : "";
                value(out, model.items[i]);
            }
            blank(out);
            out += ']';
            break;
        case Model::Dictionary:
            out += '{';
            for (size_t i = 0; i < model.members.size(); ++i) {
                out += i ? "," : "";
                blank(out);
                string(out, model.members[i].first);
                blank(out);
                out += ':';
                value(out, model.members[i].second);
            }
            blank(out);
            out += '}';
            break;
        }
        blank(out);
    }
    Source &m_source;
};

void naiveString(std::string &out, const std::u32string &text)
{
    out += '"';
    for (const char32_t c : text) {
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case 8: out += "\\b"; break;
        case 9: out += "\\t"; break;
        case 10: out += "\\n"; break;
        case 12: out += "\\f"; break;
        case 13: out += "\\r"; break;
        default:
            if (c < 0x20 || (c >= 0xD800 && c < 0xE000))
                out += unitEscape(c, false);
            else
                appendUtf8(out, c);
        }
    }
    out += '"';
}

/// The canonical form by the book: names sorted as code points.
void naiveCanonical(std::string &out, const Model &model, size_t indent)
{
    const auto line = [&](size_t levels) { out += '\n' + std::string(levels * 2, ' '); };
    if (model.type == Model::Literal) {
        out += model.literal;
    } else if (model.type == Model::Text) {
        naiveString(out, model.text);
    } else if (model.type == Model::List) {
        out += '[';
        for (size_t i = 0; i < model.items.size(); ++i) {
            out += i ? "," : "";
            line(indent + 1);
            naiveCanonical(out, model.items[i], indent + 1);
        }
        if (!model.items.empty())
            line(indent);
        out += ']';
    } else {
        std::map<std::u32string, const Model *> sorted;
        for (const auto &[name, value] : model.members)
            sorted.emplace(name, &value);
        out += '{';
        bool first = true;
        for (const auto &[name, value] : sorted) {
            out += first ? "" : ",";
            first = false;
            line(indent + 1);
            naiveString(out, name);
            out += ": ";
            naiveCanonical(out, *value, indent + 1);
        }
        if (!sorted.empty())
            line(indent);
        out += '}';
    }
}

QByteArray bytes(const std::string &text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

} // namespace

class TestJsonProperties : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void randomDocumentsAgreeWithTheModel();
    void everyCutIsRefused();
    void noiseNeverCrashes();
};

void TestJsonProperties::randomDocumentsAgreeWithTheModel()
{
    for (unsigned seed = 1; seed <= 3000; ++seed) {
        Source source(seed);
        Model model = source.value(0);
        std::string expected;
        naiveCanonical(expected, model, 0);
        expected += '\n';
        const std::string first = Scribble(source).write(model);
        source.shuffle(model);
        const std::string second = Scribble(source).write(model);

        const auto a = parse(first);
        QVERIFY2(a.has_value(), qPrintable(QStringLiteral("seed %1: %2").arg(seed).arg(a ? QString() : a.error().detail)));
        const QByteArray canonical = canonicalText(a->root());
        QVERIFY2(canonical == bytes(expected), qPrintable(QStringLiteral("seed %1").arg(seed)));

        const auto b = parse(second); // other member order, other escapes, other blanks
        QVERIFY(b.has_value());
        QCOMPARE(canonicalText(b->root()), canonical);
        QVERIFY(identical(a->root(), b->root()));
        QCOMPARE(compareScalars(a->root(), b->root()), Relation::Same);

        const auto c = parse(expected);
        QVERIFY(c.has_value());
        QCOMPARE(canonicalText(c->root()), canonical);
        QCOMPARE(Node(a->root()).canonicalText(), canonical);
    }
}

void TestJsonProperties::everyCutIsRefused()
{
    for (unsigned seed = 1; seed <= 60; ++seed) {
        Source source(seed);
        Model model;
        model.type = Model::Dictionary;
        model.members.emplace_back(U"a", source.value(0));
        model.members.emplace_back(U"b", source.value(0));
        std::string text;
        naiveCanonical(text, model, 0);
        for (size_t cut = 0; cut < text.size(); ++cut) {
            const auto document = parse(std::string_view(text).substr(0, cut));
            QVERIFY(!document.has_value());
            QCOMPARE(document.error().code, ErrorCode::MalformedJson);
        }
    }
}

void TestJsonProperties::noiseNeverCrashes()
{
    qsizetype accepted = 0;
    for (unsigned seed = 1; seed <= 3000; ++seed) {
        Source source(seed);
        std::string text = Scribble(source).write(source.value(0));
        for (unsigned hits = 1 + source.below(3); hits > 0; --hits) {
            const size_t at = source.below(static_cast<unsigned>(text.size() + 1));
            static const char alphabet[] = "{}[]\",:\\u0-+.eE \n\xED\xA0\x80\xC0\xFFnt";
            const char c = alphabet[source.below(sizeof alphabet)]; // its NUL included
            if (source.oneIn(3) && at < text.size())
                text.erase(at, 1);
            else if (source.oneIn(2) && at < text.size())
                text[at] = c;
            else
                text.insert(at, 1, c);
        }
        const auto document = parse(text);
        if (document) { // then its canonical form is a fixed point
            ++accepted;
            const QByteArray canonical = canonicalText(document->root());
            const auto again = parse({canonical.constData(), static_cast<size_t>(canonical.size())});
            QVERIFY(again.has_value());
            QCOMPARE(canonicalText(again->root()), canonical);
        } else {
            QVERIFY(!document.error().where.isEmpty());
        }
        (void)splitArray(text, "");
        (void)splitArray(text, "a");
        (void)scanStringMember(text, "a");
    }
    QVERIFY(accepted > 100); // so that the noise is not all refused at the first byte
}

QTEST_GUILESS_MAIN(TestJsonProperties)
#include "tst_jsonproperties.moc"
