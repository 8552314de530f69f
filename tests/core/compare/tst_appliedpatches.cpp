#include "documents.h"

#include "compare/formats.h"
#include "compare/jsonpatch.h"
#include "json/canonical.h"

#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Compare;
using namespace Qt::StringLiterals;

/// What others make of our patches: GNU patch of the unified text, and an implementation of RFC 6902 that shares nothing with ours.
class TestAppliedPatches : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void unifiedTextByGnuPatch();
    void operationsByAnotherProgram();
};

namespace {

// RFC 6902 as its text says, in another language.
constexpr auto Applier = R"(
import json, sys

def tokens(path):
    return [t.replace('~1', '/').replace('~0', '~') for t in path.split('/')[1:]]

def index(array, token, more):
    if token == '-' and more:
        return len(array)
    if not token.isdigit() or (len(token) > 1 and token[0] == '0') or int(token) >= len(array) + more:
        raise ValueError('no such element ' + token)
    return int(token)

def same(a, b):
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)

def apply(document, patch):
    for step in patch:
        path, op = tokens(step['path']), step['op']
        if not path:
            if op == 'test':
                assert same(document, step['value'])
            else:
                document = None if op == 'remove' else step['value']
            continue
        parent = document
        for token in path[:-1]:
            parent = parent[index(parent, token, 0)] if isinstance(parent, list) else parent[token]
        key = index(parent, path[-1], op == 'add') if isinstance(parent, list) else path[-1]
        if op == 'add' and isinstance(parent, list):
            parent.insert(key, step['value'])
        elif op == 'add':
            parent[key] = step['value']
        elif op == 'remove':
            del parent[key]
        elif op == 'replace':
            parent[key]
            parent[key] = step['value']
        elif op == 'test':
            assert same(parent[key], step['value'])
        else:
            raise ValueError(op)
    return document

count = 0
for line in sys.stdin:
    case = json.loads(line)
    reached = apply(case['old'], case['patch'])
    if not same(reached, case['new']):
        sys.exit('reached %s instead of %s by %s' % (reached, case['new'], case['patch']))
    count += 1
print(count)
)";

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool put(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

} // namespace

void TestAppliedPatches::unifiedTextByGnuPatch()
{
    const QString program = QStandardPaths::findExecutable(u"patch"_s);
    if (program.isEmpty())
        QSKIP("this machine has no patch(1)");
    const QTemporaryDir folder;
    const QString before = folder.filePath(u"before"_s), patch = folder.filePath(u"patch"_s), after = folder.filePath(u"after"_s);
    Documents documents(11);
    int applied = 0;
    for (int round = 0; round < 60; ++round) {
        const auto a = parsed(documents.array(4).compactText());
        const auto b = parsed(documents.mutated(a.root(), 4).compactText());
        const QByteArray oldText = Json::canonicalText(a.root()), newText = Json::canonicalText(b.root());
        const QByteArray unified = unifiedDiff(oldText, newText, u"a/things/t.json"_s, u"b/things/t.json"_s);
        QCOMPARE(unified.isEmpty(), oldText == newText);
        if (unified.isEmpty())
            continue;
        QVERIFY(put(before, oldText) && put(patch, unified));
        QProcess process;
        process.start(program, {u"--silent"_s, u"--fuzz=0"_s, u"-o"_s, after, before, patch});
        QVERIFY(process.waitForFinished());
        QVERIFY2(process.exitCode() == 0,
                 QByteArray(unified + process.readAllStandardOutput() + process.readAllStandardError()).constData());
        QCOMPARE(contents(after), newText);
        ++applied;
    }
    QVERIFY(applied > 20);
}

void TestAppliedPatches::operationsByAnotherProgram()
{
    const QString program = QStandardPaths::findExecutable(u"python3"_s);
    if (program.isEmpty())
        QSKIP("this machine has no python3");
    Documents documents(12);
    const QList<Catalogue::DomainRules> rules{{}, rulesFrom(u"unordered=**"_s), rulesFrom(u"identity=**:p"_s), fileRules()};
    QByteArray cases;
    int count = 0;
    for (int round = 0; round < 800; ++round) {
        const auto a = parsed(documents.value(4).compactText());
        const auto b = parsed(documents.mutated(a.root(), 4).compactText());
        const QByteArray oldText = Json::canonicalText(a.root()), newText = Json::canonicalText(b.root());
        const auto patch = jsonPatch(compareValues(a.root(), b.root(), rules[round % rules.size()]), oldText, newText);
        QVERIFY(patch);
        cases += "{\"old\":" + Json::compactText(a.root()) + ",\"new\":" + Json::compactText(b.root())
            + ",\"patch\":" + patch->compactText() + "}\n";
        ++count;
    }
    QProcess process;
    process.start(program, {u"-c"_s, QString::fromLatin1(Applier)});
    process.write(cases);
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished());
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    QCOMPARE(process.readAllStandardOutput().trimmed(), QByteArray::number(count));
}

QTEST_GUILESS_MAIN(TestAppliedPatches)
#include "tst_appliedpatches.moc"
