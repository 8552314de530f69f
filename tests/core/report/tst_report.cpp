#include "reportcase.h"

#include "base/digest.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTest>

using namespace Orgtrace;
using namespace Qt::StringLiterals;

namespace {

QString goldenFolder()
{
    return QStringLiteral(ORGTRACE_TEST_DATA "/golden/report");
}

QByteArray fileBytes(const QString &name)
{
    QFile file(name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool writeBytes(const QString &name, const QByteArray &bytes)
{
    QFile file(name);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

QByteArray rendered(const QString &caseName)
{
    const Result<Report::Input> input = readReportCase(goldenFolder() + u'/' + caseName + u"/input.json"_s);
    if (!input) {
        qWarning("%s: %s", qPrintable(caseName), qPrintable(input.error().detail));
        return {};
    }
    const Result<QByteArray> html = Report::renderHtml(*input);
    if (!html) {
        qWarning("%s: %s", qPrintable(caseName), qPrintable(html.error().detail));
    }
    return html.value_or(QByteArray());
}

/// What people read: without tags, so that marks inside a value do not split it.
QString plain(const QByteArray &html)
{
    static const QRegularExpression tag(u"<[^>]*>"_s);
    return QString::fromUtf8(html).remove(tag);
}

/// The page without its style sheet.
QString body(const QByteArray &html)
{
    const QString text = QString::fromUtf8(html);
    return text.mid(text.indexOf(u"</style>"));
}

} // namespace

class TestReport : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void golden_data();
    void golden();
    void isOneFileUnderAStrictPolicy();
    void escapesEverything();
    void hidesNoCharacter();
    void masksPeople();
    void saysWhatWasNotSeen();
    void speaksOfAudit();
    void isDeterministic();
    void staysBounded();
};

void TestReport::golden_data()
{
    QTest::addColumn<QString>("name");
    const QStringList cases = QDir(goldenFolder()).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
    QVERIFY(cases.size() >= 4);
    for (const QString &name : cases) {
        QTest::newRow(qPrintable(name)) << name;
    }
}

void TestReport::golden()
{
    QFETCH(QString, name);
    const QByteArray html = rendered(name);
    QVERIFY(!html.isEmpty());
    const QString expectedFile = goldenFolder() + u'/' + name + u"/report.html"_s;
    if (qEnvironmentVariableIsSet("ORGTRACE_REFRESH_GOLDEN")) {
        QVERIFY(writeBytes(expectedFile, html));
        QSKIP("written anew");
    }
    if (html == fileBytes(expectedFile)) {
        return;
    }
    const QString out = QCoreApplication::applicationDirPath() + u"/golden-report"_s;
    QVERIFY(QDir().mkpath(out));
    const QString got = out + u'/' + name + u".html"_s;
    QVERIFY(writeBytes(got, html));
    QProcess diff;
    diff.start(u"git"_s, {u"diff"_s, u"--no-index"_s, u"--no-color"_s, u"--unified=1"_s, expectedFile, got});
    diff.waitForFinished();
    QFAIL(
        qPrintable(u"differs from the golden report; got %1\nif it is right: cmake --build BUILD --target refresh-golden-report\n%2"_s.arg(
            got, QString::fromUtf8(diff.readAllStandardOutput()).left(6000))));
}

void TestReport::isOneFileUnderAStrictPolicy()
{
    const QByteArray html = rendered(u"insider"_s);
    const qsizetype begin = html.indexOf("<style>") + 7;
    const QByteArray style = html.mid(begin, html.indexOf("</style>") - begin);
    QVERIFY(style.size() > 1000);
    // The browser lets in exactly this style sheet: the hash is over what stands between the tags.
    QVERIFY(html.contains(QByteArray("default-src 'none'; style-src 'sha256-" + sha256(view(style)).toBase64() + "'")));
    const QString text = body(html);
    for (const QString &forbidden :
         {u"<script"_s, u" style="_s, u"src="_s, u"http:"_s, u"https:"_s, u"javascript:"_s, u"<link"_s, u"<iframe"_s, u" onclick"_s}) {
        QVERIFY2(!text.contains(forbidden, Qt::CaseInsensitive), qPrintable(forbidden));
    }
    QVERIFY(!style.contains("url(") && !style.contains("@import"));
    QVERIFY(!QString::fromUtf8(html).contains(u"{{"_s) && !QString::fromUtf8(html).contains(u"{%"_s));
}

void TestReport::escapesEverything()
{
    const QByteArray html = rendered(u"hostile"_s);
    QVERIFY(!html.isEmpty());
    const QString text = body(html);
    QVERIFY(!text.contains(u"<script"_s, Qt::CaseInsensitive));
    QVERIFY(!text.contains(u"<img"_s, Qt::CaseInsensitive));
    QVERIFY(!text.contains(u"<b>"_s));
    QCOMPARE(text.count(u"</style>"_s), 1);
    QVERIFY(text.contains(u"&lt;script&gt;alert(1)&lt;/script&gt;"_s));
    QVERIFY(text.contains(u"{{ styleHash }}{% for %}"_s)); // template words in a value stay words
    QVERIFY2(!text.contains(u"&amp;lt;"_s) && !text.contains(u"&amp;quot;"_s) && !text.contains(u"&amp;#39;"_s), "escaped twice");
    QVERIFY(text.contains(u"&amp;amp;"_s)); // the value holds &amp; itself: escaped once

    // Only tags and attributes that the template itself has: nothing a value says becomes markup.
    static const QRegularExpression tag(u"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>"_s);
    static const QSet<QString> tags{u"style"_s,  u"head"_s,  u"body"_s,   u"html"_s,    u"svg"_s,     u"symbol"_s, u"path"_s, u"circle"_s,
                                    u"use"_s,    u"main"_s,  u"header"_s, u"section"_s, u"article"_s, u"div"_s,    u"span"_s, u"small"_s,
                                    u"p"_s,      u"h1"_s,    u"h2"_s,     u"h3"_s,      u"h4"_s,      u"dl"_s,     u"dt"_s,   u"dd"_s,
                                    u"table"_s,  u"thead"_s, u"tbody"_s,  u"tr"_s,      u"th"_s,      u"td"_s,     u"a"_s,    u"bdi"_s,
                                    u"strong"_s, u"del"_s,   u"ins"_s,    u"code"_s,    u"br"_s};
    static const QRegularExpression attributes(
        u"^(\\s+(class|id|href|width|height|viewBox|d|cx|cy|r|fill|stroke|stroke-width|aria-hidden|aria-label|colspan)=\"[^\"<>]*\")*\\s*/?$"_s);
    auto matches = tag.globalMatch(text);
    int seen = 0;
    while (matches.hasNext()) {
        const QRegularExpressionMatch match = matches.next();
        QVERIFY2(tags.contains(match.captured(2)), qPrintable(match.captured(0)));
        QVERIFY2(attributes.match(match.captured(3)).hasMatch(), qPrintable(match.captured(0)));
        ++seen;
    }
    QVERIFY(seen > 300);
    QString rest = text;
    rest.remove(tag);
    QVERIFY2(!rest.contains(u'<') && !rest.contains(u'>'), "a bare angle bracket is left");

    // What goes into a line for a shell is an id or a place mark.
    QVERIFY(text.contains(u"diff SNAPSHOT_A SNAPSHOT_B -- domains"_s));
}

void TestReport::hidesNoCharacter()
{
    const QString text = QString::fromUtf8(rendered(u"hostile"_s));
    for (const QChar c : text) {
        const ushort unit = c.unicode();
        QVERIFY2(unit >= 0x20 || unit == '\n', qPrintable(u"control U+%1"_s.arg(unit, 4, 16)));
        QVERIFY2(!(unit >= 0x202a && unit <= 0x202e) && !(unit >= 0x2066 && unit <= 0x2069) && unit != 0x200b && unit != 0xfeff,
                 "an invisible character");
    }
    QVERIFY(text.contains(u"⟨U+202E⟩⟨U+2066⟩gnp.exe⟨U+0000⟩⟨U+200B⟩"_s));
    QVERIFY(text.contains(u"⟨U+27E8⟩U+0041"_s)); // a planted mark is told from a real one
    QVERIFY(text.contains(u"⟨U+E0041⟩"_s));
    QVERIFY(text.contains(u"😀"_s)); // ordinary characters beyond the first plane stay
}

void TestReport::masksPeople()
{
    const QString masked = plain(rendered(u"insider"_s));
    for (const QString &personal : {u"Kim Contractor"_s, u"Sandra"_s, u"Okafor"_s, u"kim.contractor@"_s, u"k.contractor@"_s,
                                    u"30 1234567"_s, u"4930999999978"_s, u"Contractor-Smith"_s}) {
        QVERIFY2(!masked.contains(personal), qPrintable(personal));
    }
    static const QRegularExpression pseudonym(u"user [0-9a-f]{6}\\b"_s);
    QSet<QString> seen;
    auto matches = pseudonym.globalMatch(masked);
    while (matches.hasNext()) {
        seen.insert(matches.next().captured());
    }
    QCOMPARE(seen.size(), 2); // two people, each the same throughout
    QVERIFY(masked.contains(u"The values differ in what is masked here."_s));
    QVERIFY(masked.contains(u"203.0.113.44"_s)); // where from is what the report is about
    QVERIFY(masked.contains(u"secret:1f2e3d4c:0123456789abcdef01234567"_s)); // fingerprints stay

    const QString open = plain(rendered(u"unmasked"_s));
    QVERIFY(open.contains(u"Kim Contractor"_s) && open.contains(u"kim.contractor@example.com"_s) && open.contains(u"+4930123456778"_s));
    QVERIFY(open.contains(u"this report holds personal data"_s));
}

void TestReport::saysWhatWasNotSeen()
{
    const QString text = body(rendered(u"unseen"_s));
    QVERIFY(text.contains(u"not part of snapshot B"_s)); // skills
    QVERIFY(text.contains(u"not part of snapshot A"_s)); // roles
    QVERIFY(text.contains(u"No difference was found in what was compared."_s));
    QVERIFY(text.contains(u"unknown, not quiet"_s));
    QVERIFY(text.contains(u"No audit query is in the archive."_s));
    QVERIFY(text.indexOf(u"What was not seen"_s) < text.indexOf(u"Findings at a glance"_s));
    QVERIFY(!text.contains(u"Every domain in the ledger was read completely"_s));

    const QString whole = body(rendered(u"unmasked"_s));
    QVERIFY(whole.contains(
        u"Every domain in the ledger was read completely in A and in B, and the audit log was queried for the whole range."_s));
}

void TestReport::speaksOfAudit()
{
    const QString gaps = body(rendered(u"insider"_s));
    QVERIFY(gaps.contains(
        u"No audit event of this entity was seen in the part of the window that was queried. Audit not queried for the rest: unknown. "
        "2026-10-19 12:00:00 to 2026-10-20 00:00:00 UTC (12 h)"_s));
    QVERIFY(gaps.contains(u"the platform itself (SYSTEM)"_s));
    QVERIFY(gaps.contains(u"FAILURE"_s));
    const QString whole = body(rendered(u"unmasked"_s));
    QVERIFY(whole.contains(u"No audit event of this entity was seen in the window,"_s));
    QVERIFY(!whole.contains(u"Audit not queried"_s));

    Result<Report::Input> input = readReportCase(goldenFolder() + u"/insider/input.json"_s);
    QVERIFY(input);
    input->auditWindows.clear();
    const Result<QByteArray> html = Report::renderHtml(*input);
    QVERIFY(html);
    QVERIFY(body(*html).contains(u"Audit not queried for this time: unknown."_s));
}

void TestReport::isDeterministic()
{
    for (const QString &name : {u"insider"_s, u"hostile"_s}) {
        const QByteArray first = rendered(name);
        QVERIFY(!first.isEmpty());
        QCOMPARE(rendered(name), first); // hash tables are seeded anew for each, so their order would show
    }
}

void TestReport::staysBounded()
{
    Result<Report::Input> input = readReportCase(goldenFolder() + u"/insider/input.json"_s);
    QVERIFY(input);
    const QList<Report::Finding> few = input->findings;
    input->findings.clear();
    for (int i = 0; i < 3000; ++i) {
        Report::Finding finding = few[i % few.size()];
        finding.judged.verdict.severity = few.last().judged.verdict.severity;
        input->findings.append(finding);
    }
    QElapsedTimer timer;
    timer.start();
    const Result<QByteArray> html = Report::renderHtml(*input);
    QVERIFY(html);
    qInfo("3,000 findings, 2,000 shown: %lld ms, %lld bytes", timer.elapsed(), static_cast<long long>(html->size()));
    QVERIFY(html->contains("1,000 more findings"));
    QVERIFY(html->contains(">3,000<"));
    const QString hostile = body(rendered(u"hostile"_s));
    QVERIFY(hostile.contains(u"27 more fields"_s));
    QVERIFY(hostile.contains(u"3 more events"_s));
    QVERIFY(hostile.contains(u"cut: 200,003 characters in all"_s));
    QVERIFY(rendered(u"hostile"_s).size() < 400'000);
}

QTEST_GUILESS_MAIN(TestReport)
#include "tst_report.moc"
