#include "comparing.h"
#include "documents.h"

#include "json/canonical.h"
#include "json/node.h"
#include "json/pointer.h"

#include <QRandomGenerator>

#include <map>

using namespace Orgtrace;
using namespace Orgtrace::Compare;

namespace {

/// Builds the new document from the old one and the reported fields alone: what a reader of the fields would believe.
class Replay
{
public:
    explicit Replay(const QList<FieldChange> &fields)
    {
        for (const FieldChange &field : fields) {
            if (field.kind == FieldKind::Removed)
                m_removed.insert(field.pointer, {});
            else if (field.kind == FieldKind::Moved)
                m_moved.insert(field.pointer, field.movedFrom);
            else
                m_new.insert(field.pointer, *field.newText);
            if (field.kind == FieldKind::Moved)
                m_removed.insert(field.movedFrom, {});
            if (field.kind == FieldKind::Added)
                m_added.insert(field.pointer, {});
        }
    }

    /// @param before the whole old document
    Json::Node run(Json::Value before) { return build(before, before, {}, {}); }

private:
    Json::Node build(Json::Value root, Json::Value old, const QString &oldAt, const QString &newAt)
    {
        if (m_new.contains(newAt)) {
            m_documents.push_back(parsed(m_new.value(newAt)));
            return Json::Node(m_documents.back().root());
        }
        if (old.isObject()) {
            Json::Node out = Json::Node::object();
            for (const Json::Member &member : old.members()) {
                const QString step = Json::pointerText({QString::fromUtf8(member.key.data(), qsizetype(member.key.size()))});
                if (!m_removed.contains(oldAt + step))
                    out[member.key] = build(root, member.value, oldAt + step, newAt + step);
            }
            for (auto added = m_added.cbegin(); added != m_added.cend(); ++added) {
                const QString parent = added.key().section(u'/', 0, -2);
                if (parent == newAt)
                    out[added.key().section(u'/', -1).toStdString()] = build(root, {}, {}, added.key());
            }
            return out;
        }
        if (old.isArray()) {
            std::map<int, Json::Node> placed;
            const auto isHere = [&newAt](const QString &pointer) { return pointer.section(u'/', 0, -2) == newAt && !pointer.isEmpty(); };
            for (auto added = m_added.cbegin(); added != m_added.cend(); ++added) {
                if (isHere(added.key()))
                    placed[added.key().section(u'/', -1).toInt()] = build(root, {}, {}, added.key());
            }
            for (auto moved = m_moved.cbegin(); moved != m_moved.cend(); ++moved) {
                if (isHere(moved.key())) {
                    const int from = moved.value().section(u'/', -1).toInt();
                    placed[moved.key().section(u'/', -1).toInt()] = build(root, old.at(from), moved.value(), moved.key());
                }
            }
            int next = 0, index = 0;
            for (const Json::Value item : old.items()) {
                const QString here = oldAt + u'/' + QString::number(index++);
                if (m_removed.contains(here))
                    continue;
                while (placed.contains(next))
                    ++next;
                placed[next] = build(root, item, here, newAt + u'/' + QString::number(next));
            }
            Json::Node out = Json::Node::array();
            int expected = 0;
            for (auto &[at, node] : placed) {
                if (at != expected++)
                    out.append(Json::Node(QStringLiteral("a hole in the array")));
                out.append(std::move(node));
            }
            return out;
        }
        return Json::Node(old);
    }

    QHash<QString, QByteArray> m_new;
    QHash<QString, QString> m_moved;
    QHash<QString, bool> m_removed, m_added;
    std::vector<Json::Document> m_documents;
};

QStringList kinds(const QList<FieldChange> &fields, bool swapped)
{
    QStringList out;
    for (const FieldChange &field : fields) {
        const FieldKind kind = !swapped        ? field.kind
            : field.kind == FieldKind::Added   ? FieldKind::Removed
            : field.kind == FieldKind::Removed ? FieldKind::Added
                                               : field.kind;
        out.append(fieldKindName(kind));
    }
    out.sort();
    return out;
}

} // namespace

class TestCompareProperties : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void fieldsRebuildTheNewDocument();
    void fieldsRebuildWithIdentities();
    void shuffledIsNoChange();
    void emptyExactlyWhenEqualAsBags();
    void swappingMirrors();
    void oneByOneIsAsAtOnce();
    void orderOfMembersMeansNothing_data();
    void orderOfMembersMeansNothing();
};

void TestCompareProperties::fieldsRebuildTheNewDocument()
{
    Documents documents(1);
    for (int round = 0; round < 4000; ++round) {
        const QByteArray before = documents.value(4).compactText();
        const auto a = parsed(before);
        const QByteArray after = (round % 4 ? documents.mutated(a.root(), 4) : documents.value(4)).compactText();
        const auto b = parsed(after);
        const QList<FieldChange> fields = compareValues(a.root(), b.root(), {});
        const QByteArray replayed = Replay(fields).run(a.root()).compactText();
        if (replayed != after)
            qWarning().noquote() << before << after << described(fields).join(u'\n');
        QCOMPARE(replayed, after);
        QCOMPARE(fields.isEmpty(), before == after);
        for (const FieldChange &field : fields) { // pointers and texts say what is there
            const bool isOld = field.kind == FieldKind::Removed;
            const auto tokens = Json::parsePointer(field.pointer);
            QVERIFY(tokens.has_value());
            QCOMPARE(Json::compactText(Json::resolve((isOld ? a : b).root(), *tokens)), isOld ? *field.oldText : *field.newText);
        }
    }
}

void TestCompareProperties::fieldsRebuildWithIdentities()
{
    Documents documents(2);
    auto &dice = documents.m_dice;
    const Catalogue::DomainRules rules = rulesFrom(QStringLiteral("identity=g:id"));
    const auto list = [&](int count) {
        std::vector<Json::Node> items;
        for (int i = 0; i < count; ++i) {
            Json::Node item = documents.object(1);
            if (dice.bounded(10) != 0)
                item["id"] = Json::Node(int(dice.bounded(8))); // now and then twice, now and then none
            items.push_back(std::move(item));
        }
        Json::Node out = Json::Node::object();
        out["g"] = Json::Node(std::move(items));
        return out;
    };
    for (int round = 0; round < 3000; ++round) {
        const QByteArray before = list(int(dice.bounded(8))).compactText();
        const auto a = parsed(before);
        const QByteArray after
            = (round % 2 ? documents.shuffled(parsed(documents.mutated(a.root(), 3).compactText()).root()) : list(int(dice.bounded(8))))
                  .compactText();
        const auto b = parsed(after);
        const QList<FieldChange> fields = compareValues(a.root(), b.root(), rules);
        const QByteArray replayed = Replay(fields).run(a.root()).compactText();
        if (replayed != after)
            qWarning().noquote() << before << after << described(fields).join(u'\n');
        QCOMPARE(replayed, after);
    }
}

void TestCompareProperties::shuffledIsNoChange()
{
    Documents documents(3);
    const Catalogue::DomainRules rules = rulesFrom(QStringLiteral("unordered=**"));
    for (int round = 0; round < 3000; ++round) {
        const auto a = parsed(documents.value(5).compactText());
        const auto b = parsed(documents.shuffled(a.root()).compactText());
        const ValueDifference difference = differenceOf(a.root(), b.root(), rules);
        QCOMPARE(described(difference.fields), QStringList());
        QCOMPARE(difference.typeOnly, 0);
    }
}

void TestCompareProperties::emptyExactlyWhenEqualAsBags()
{
    // The naive model: sort every array by its text, then compare texts.
    struct Sorted {
        static Json::Node of(Json::Value value)
        {
            if (value.isObject()) {
                Json::Node out = Json::Node::object();
                for (const Json::Member &member : value.members())
                    out[member.key] = of(member.value);
                return out;
            }
            if (value.isArray()) {
                std::vector<Json::Node> items;
                for (const Json::Value item : value.items())
                    items.push_back(of(item));
                std::ranges::sort(items, {}, [](const Json::Node &node) { return node.compactText(); });
                return Json::Node(std::move(items));
            }
            return Json::Node(value);
        }
    };
    Documents documents(4);
    const Catalogue::DomainRules rules = rulesFrom(QStringLiteral("unordered=**"));
    int equal = 0;
    for (int round = 0; round < 4000; ++round) {
        const auto a = parsed(documents.value(3).compactText());
        const auto b = parsed(documents.shuffled(parsed(documents.mutated(a.root(), 3).compactText()).root()).compactText());
        const bool same = Sorted::of(a.root()).compactText() == Sorted::of(b.root()).compactText();
        equal += same;
        const QList<FieldChange> fields = compareValues(a.root(), b.root(), rules);
        if (fields.isEmpty() != same)
            qWarning().noquote() << Json::compactText(a.root()) << Json::compactText(b.root()) << described(fields);
        QCOMPARE(fields.isEmpty(), same);
        for (const FieldChange &field : fields)
            QVERIFY(field.kind != FieldKind::Moved); // where there is no order
    }
    QVERIFY(equal > 200 && equal < 3800); // the test saw both
}

void TestCompareProperties::swappingMirrors()
{
    Documents documents(5);
    // Where pairs are given by identity there is one answer, and it must be the same from both sides.
    const Catalogue::DomainRules rules = rulesFrom(QStringLiteral("unordered=g;identity=g:id"));
    for (int round = 0; round < 2000; ++round) {
        const auto list = [&] {
            std::vector<Json::Node> items;
            for (int id = 0; id < 8; ++id) {
                if (documents.m_dice.bounded(3) == 0)
                    continue;
                Json::Node item = Json::Node::object();
                item["id"] = Json::Node(id);
                for (int i = int(documents.m_dice.bounded(4)); i > 0; --i)
                    item[std::string(1, char('p' + documents.m_dice.bounded(4)))] = Json::Node(int(documents.m_dice.bounded(3)));
                items.push_back(std::move(item));
            }
            Json::Node out = Json::Node::object();
            out["g"] = Json::Node(std::move(items));
            return parsed(documents.shuffled(parsed(out.compactText()).root()).compactText());
        };
        const auto a = list(), b = list();
        const QList<FieldChange> there = compareValues(a.root(), b.root(), rules), back = compareValues(b.root(), a.root(), rules);
        QCOMPARE(kinds(there, true), kinds(back, false));
        QStringList paths, mirrored;
        for (const FieldChange &field : there)
            paths.append(field.path);
        for (const FieldChange &field : back)
            mirrored.append(field.path);
        paths.sort();
        mirrored.sort();
        QCOMPARE(paths, mirrored);
    }
}

/// Large documents are laid out element by element, in two threads: nothing else may come of it.
void TestCompareProperties::oneByOneIsAsAtOnce()
{
    Documents documents(6);
    const QList<Catalogue::DomainRules> rules{{},
                                              rulesFrom(QStringLiteral("unordered=**")),
                                              rulesFrom(QStringLiteral("unordered=**;identity=**:p")),
                                              rulesFrom(QStringLiteral("identity=*:q;labels=**/r"))};
    int differing = 0;
    for (int round = 0; round < 150; ++round) {
        std::vector<Json::Node> mine, theirs;
        for (int i = 0; i < 90; ++i) {
            const Json::Document one = parsed(documents.value(3).compactText());
            mine.emplace_back(one.root());
            theirs.push_back(documents.m_dice.bounded(4) == 0 ? documents.mutated(one.root(), 3) : Json::Node(one.root()));
        }
        if (round % 2)
            std::swap(theirs[size_t(round) % 90], theirs[size_t(round) * 7 % 90]);
        const auto a = parsed(Json::Node(std::move(mine)).compactText()), b = parsed(Json::Node(std::move(theirs)).compactText());
        for (const Catalogue::DomainRules &those : rules) {
            Options apart;
            apart.largestWhole = 0;
            apart.parallel = apart.keepSuppressed = true;
            Options whole;
            whole.keepSuppressed = true;
            const ValueDifference closed = differenceOf(a.root(), b.root(), those, apart),
                                  open = differenceOf(a.root(), b.root(), those, whole);
            QCOMPARE(described(closed.fields), described(open.fields));
            QVERIFY(closed.suppressed == open.suppressed);
            differing += !open.fields.isEmpty();
        }
    }
    QVERIFY(differing > 300);
}

namespace {

/// The same value with the members of each object in any order, and some strings written with escapes.
QByteArray anyOrder(Json::Value value, QRandomGenerator &dice)
{
    std::vector<QByteArray> parts;
    if (value.isObject()) {
        for (const Json::Member &member : value.members())
            parts.push_back('"' + QByteArray(member.key.data(), qsizetype(member.key.size())) + "\":" + anyOrder(member.value, dice));
        for (size_t i = parts.size(); i > 1; --i)
            std::swap(parts[i - 1], parts[dice.bounded(quint32(i))]);
    } else if (value.isArray()) {
        for (const Json::Value item : value.items())
            parts.push_back(anyOrder(item, dice));
    } else {
        QByteArray text = Json::compactText(value);
        if (value.isString() && dice.bounded(2) == 0) // the same in other words
            text.replace(1, 1, QByteArray("\\u00" + QByteArray::number(int(text[1]), 16)));
        return text;
    }
    QByteArray out(1, value.isObject() ? '{' : '[');
    for (const QByteArray &part : parts)
        out += (out.size() > 1 ? "," : "") + part;
    return out + (value.isObject() ? '}' : ']');
}

} // namespace

void TestCompareProperties::orderOfMembersMeansNothing_data()
{
    QTest::addColumn<int>("elements");
    QTest::addColumn<int>("rounds");
    QTest::newRow("small lists") << 12 << 300;
    QTest::newRow("lists that are laid out element by element") << 90 << 60;
    QTest::newRow("lists too large to be hashed as a whole") << 1500 << 4;
}

/// Fingerprints under another key among them, too.
void TestCompareProperties::orderOfMembersMeansNothing()
{
    QFETCH(int, elements);
    QFETCH(int, rounds);
    Documents documents(7);
    const QList<Catalogue::DomainRules> rules{{},
                                              rulesFrom(QStringLiteral("unordered=**")),
                                              rulesFrom(QStringLiteral("unordered=**;identity=**:p")),
                                              rulesFrom(QStringLiteral("identity=*:q;labels=**/r"))};
    const auto secret = [&documents](char key) -> Json::Node {
        const QByteArray hash = QByteArray::number(documents.m_dice.bounded(3)).repeated(24);
        return QString(QStringLiteral("secret:") + QLatin1Char(key) + u':' + QString::fromLatin1(hash));
    };
    int differing = 0, foreign = 0;
    for (int round = 0; round < rounds; ++round) {
        std::vector<Json::Node> mine, theirs;
        for (int i = 0; i < elements; ++i) {
            const Json::Document one = parsed(documents.value(3).compactText());
            mine.emplace_back(one.root());
            theirs.push_back(documents.m_dice.bounded(4) == 0 ? documents.mutated(one.root(), 3) : Json::Node(one.root()));
            if (round % 3 == 0 && one.root().isObject()) {
                mine.back()["s"] = secret('a');
                if (theirs.back().canonicalText().startsWith('{'))
                    theirs.back()["s"] = secret(round % 2 ? 'a' : 'b');
            }
        }
        const auto a = parsed(Json::Node(std::move(mine)).compactText()), b = parsed(Json::Node(std::move(theirs)).compactText());
        const auto shuffled = parsed(anyOrder(b.root(), documents.m_dice));
        for (const Catalogue::DomainRules &those : rules) {
            Options sorted;
            sorted.keepSuppressed = true;
            sorted.largestWhole = 100'000'000;
            const ValueDifference wanted = differenceOf(a.root(), b.root(), those, sorted);
            for (const auto &[largest, parallel] : {std::pair(0, false), std::pair(0, true), std::pair(100'000'000, true)}) {
                Options options = sorted;
                options.largestWhole = largest;
                options.parallel = parallel;
                const ValueDifference got = differenceOf(a.root(), shuffled.root(), those, options);
                QCOMPARE(described(got.fields), described(wanted.fields));
                QVERIFY(got.suppressed == wanted.suppressed);
                QCOMPARE(got.foreignSecrets, wanted.foreignSecrets);
                QCOMPARE(got.reordered, wanted.reordered);
            }
            differing += !wanted.fields.isEmpty();
            foreign += !wanted.foreignSecrets.isEmpty();
        }
    }
    QVERIFY(differing > rounds * 2);
    QVERIFY(foreign > 0);
}

QTEST_GUILESS_MAIN(TestCompareProperties)
#include "tst_compareproperties.moc"
