#include "naiveaccess.h"

#include "access/difference.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Access;
using namespace Orgtrace::Access::Test;
using namespace Qt::StringLiterals;

namespace {

constexpr int PerRow = 50;

QString through(const AccessPath &path)
{
    QStringList steps;
    for (const Subject &container : path.containers) {
        steps.append(QString(subjectKindName(container.kind) + u' ' + container.id));
    }
    return steps.isEmpty() ? u"direct"_s : steps.join(u" > "_s);
}

QString answerText(Verdict::Answer answer)
{
    using Answer = Verdict::Answer;
    return answer == Answer::Yes        ? u"yes"_s
        : answer == Answer::Conditional ? u"conditional"_s
        : answer == Answer::No          ? u"no"_s
                                        : u"not seen"_s;
}

std::set<QString> against(const QList<Denial> &denials)
{
    std::set<QString> all;
    for (const Denial &denial : denials) {
        all.insert((denial.conditional ? u'?' : u'!') + denial.policyId);
    }
    return all;
}

QStringList listed(const std::set<QString> &texts)
{
    return QStringList(texts.begin(), texts.end());
}

QString who(const Subject &subject)
{
    return subjectKindName(subject.kind) + u' ' + subject.id;
}

/// Rows of seeds: thousands of organisations, and a failure names one of few.
void addSeeds(int rows)
{
    QTest::addColumn<int>("first");
    for (int row = 0; row < rows; ++row) {
        QTest::addRow("random organisations %d to %d", row * PerRow, (row + 1) * PerRow - 1) << row * PerRow;
    }
}

} // namespace

/// The resolver against a deliberately naive one, on thousands of small organisations in which everything goes wrong at once.
class TestAccessProperties : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyPathAndDenial_data() { addSeeds(30); }
    void everyPathAndDenial();
    void everyAnswer_data() { addSeeds(16); }
    void everyAnswer();
    void everyDifference_data() { addSeeds(16); }
    void everyDifference();
};

void TestAccessProperties::everyPathAndDenial()
{
    QFETCH(int, first);
    for (int seed = first; seed < first + PerRow; ++seed) {
        const Facts facts = hostileFacts(seed, seed);
        const NaiveAccess naive(facts);
        const Resolver resolver(facts);
        for (const Subject &subject : resolver.subjects()) {
            std::set<QString> expected, got;
            for (const NaiveAccess::Path &path : naive.paths(subject)) {
                expected.insert(path.text());
            }
            qsizetype count = 0;
            for (const EffectivePermission &permission : resolver.effective(subject).permissions) {
                const QString text = permission.permission();
                for (const AccessPath &path : permission.paths) {
                    ++count;
                    got.insert(
                        NaiveAccess::Path{text, through(path), path.roleId, path.divisionId, path.policy, path.conditional, true}.text());
                    QCOMPARE(path.containerId, path.containers.isEmpty() ? QString() : path.containers.first().id);
                }
                QVERIFY2(against(permission.denied) == naive.denials(subject, text),
                         qPrintable(u"seed %1, %2, %3: %4 instead of %5"_s.arg(QString::number(seed), who(subject), text,
                                                                               listed(against(permission.denied)).join(u','),
                                                                               listed(naive.denials(subject, text)).join(u','))));
            }
            QVERIFY2(got == expected,
                     qPrintable(u"seed %1, %2:\n%3\ninstead of\n%4"_s.arg(QString::number(seed), who(subject), listed(got).join(u'\n'),
                                                                          listed(expected).join(u'\n'))));
            QCOMPARE(count, static_cast<qsizetype>(got.size())); // no path twice
        }
    }
}

void TestAccessProperties::everyAnswer()
{
    QFETCH(int, first);
    for (int seed = first; seed < first + PerRow; ++seed) {
        const Facts facts = hostileFacts(seed, seed + 1);
        const NaiveAccess naive(facts);
        const Resolver resolver(facts);
        resolver.resolveAll(seed % 3 == 0 ? 0 : 1 << 20); // by roles where there is no room for bits: the same answers
        QStringList asked = listed(naive.universe());
        asked = {asked.value(seed % std::max<qsizetype>(1, asked.size())), u"d2:e3:a3"_s, u"d2:other:a1"_s};
        asked.removeAll(QString());
        for (const QString &permission : std::as_const(asked)) {
            for (const QString &division : {u""_s, u"*"_s, u"x1"_s, u"nowhere"_s}) {
                const QString where = u"seed %1, %2 in '%3'"_s.arg(QString::number(seed), permission, division);
                std::map<QString, QString> holders, expectedHolders, with, expectedWith;
                if (const auto found = resolver.holders(permission, division)) {
                    for (const Holder &holder : *found) {
                        holders[who(holder.subject)] = answerText(holder.answer);
                    }
                }
                for (const qsizetype place : resolver.subjectsWith(permission, division)) {
                    const Subject &subject = resolver.subjects()[place];
                    with[who(subject)] = answerText(resolver.answer(subject, permission, division));
                }
                for (const Subject &subject : resolver.subjects()) {
                    const Verdict::Answer expected = naive.answer(subject, permission, division);
                    QVERIFY2(resolver.answer(subject, permission, division) == expected,
                             qPrintable(u"%1, %2: %3 instead of %4"_s.arg(
                                 where, who(subject), answerText(resolver.answer(subject, permission, division)), answerText(expected))));
                    if (expected == Verdict::Answer::Yes || expected == Verdict::Answer::Conditional) {
                        expectedWith[who(subject)] = answerText(expected);
                    }
                    bool isHeld = expected != Verdict::Answer::No;
                    const std::vector<NaiveAccess::Path> none;
                    for (const NaiveAccess::Path &path : naive.isIdle(subject) ? none : naive.paths(subject)) {
                        const bool isAsked = path.permission == permission
                            || (!naive.universe().contains(permission) && NaiveAccess::covers(path.permission, permission));
                        isHeld = isHeld
                            || (isAsked
                                && (division.isEmpty() || !path.isDivisionAware || path.division == u"*" || path.division.isEmpty()
                                    || path.isUnclear || path.division == division)); // denied, then: told with the answer no
                    }
                    if (isHeld) {
                        expectedHolders[who(subject)] = answerText(expected);
                    }
                    const auto verdict = resolver.can(subject, permission, division);
                    if (!verdict) {
                        QCOMPARE(verdict.error().code, ErrorCode::NotFound); // nobody knows this permission
                        QVERIFY(!isHeld);
                        continue;
                    }
                    const bool isProven = verdict->answer == Verdict::Answer::Yes || verdict->answer == Verdict::Answer::Conditional;
                    QCOMPARE(isProven ? verdict->answer : Verdict::Answer::No,
                             expected == Verdict::Answer::NotSeen ? Verdict::Answer::No : expected);
                    QCOMPARE(isProven, !verdict->paths.isEmpty());
                    std::set<QString> proof, expectedProof; // every path that reaches where was asked, and no other
                    for (const AccessPath &path : std::as_const(verdict->paths)) {
                        proof.insert(
                            NaiveAccess::Path{{}, through(path), path.roleId, path.divisionId, path.policy, path.conditional, true}.text());
                    }
                    for (const NaiveAccess::Path &path : isProven ? naive.paths(subject) : none) {
                        const bool isAsked = path.permission == permission
                            || (!naive.universe().contains(permission) && NaiveAccess::covers(path.permission, permission));
                        if (isAsked
                            && (division.isEmpty() || !path.isDivisionAware || path.division == u"*" || path.division == division)) {
                            NaiveAccess::Path bare = path;
                            bare.permission.clear();
                            expectedProof.insert(bare.text());
                        }
                    }
                    QVERIFY2(proof == expectedProof,
                             qPrintable(u"%1, %2:\n%3\ninstead of\n%4"_s.arg(where, who(subject), listed(proof).join(u'\n'),
                                                                             listed(expectedProof).join(u'\n'))));
                    QVERIFY2(against(verdict->denied) == naive.denials(subject, permission), qPrintable(where));
                    if (verdict->answer == Verdict::Answer::No && isHeld) {
                        QVERIFY(isDenied(verdict->denied));
                    }
                }
                QVERIFY2(holders == expectedHolders, qPrintable(where));
                QVERIFY2(with == expectedWith, qPrintable(where));
            }
        }
    }
}

void TestAccessProperties::everyDifference()
{
    QFETCH(int, first);
    for (int seed = first; seed < first + PerRow; ++seed) {
        const Facts before = hostileFacts(seed, seed), after = hostileFacts(seed, seed + 1);
        const NaiveAccess was(before), is(after);
        const Resolver left(before), right(after);
        std::map<QString, std::set<QString>> got;
        for (const SubjectChange &subject : difference(left, right).subjects) {
            for (const AccessChange &change : subject.changes) {
                got[who(subject.subject)].insert(change.permissions.begin(), change.permissions.end());
            }
        }
        std::map<QString, std::set<QString>> expected;
        for (const Resolver *side : {&left, &right}) {
            for (const Subject &subject : side->subjects()) {
                auto a = was.extents(subject), b = is.extents(subject);

                std::set<QString> changed;
                for (const auto &[permission, where] : a) {
                    if (b[permission] != where) {
                        changed.insert(permission);
                    }
                }
                for (const auto &[permission, where] : b) {
                    if (a[permission] != where) {
                        changed.insert(permission);
                    }
                }
                if (!changed.empty()) {
                    expected[who(subject)] = changed;
                }
            }
        }
        for (const auto &[subject, permissions] : expected) {
            QVERIFY2(got[subject] == permissions,
                     qPrintable(u"seed %1, %2: %3 instead of %4"_s.arg(QString::number(seed), subject, listed(got[subject]).join(u','),
                                                                       listed(permissions).join(u','))));
        }
        QCOMPARE(got.size(), expected.size());
    }
}

QTEST_GUILESS_MAIN(TestAccessProperties)
#include "tst_accessproperties.moc"
