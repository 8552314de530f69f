#include "json/value.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTest>

#include <cstring>
#include <optional>
#include <thread>

using namespace Orgtrace;

/// A document may be let go by another thread than made it, after that one's end, and after the end of everything: memory that is kept for the next document of
/// a thread must not be reached for any more then.
class TestDocumentLife : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void letGoByAnotherThread_data();
    void letGoByAnotherThread();
    void endsWell_data();
    void endsWell();
};

namespace {

/// A document whose memory is worth keeping, two blocks of it, and large enough that the system takes them back at once when they are freed.
Json::Document made(int size)
{
    const QByteArray text = "[" + QByteArray("1234567,").repeated(size) + "0]";
    auto document = Json::parse({text.constData(), size_t(text.size())});
    if (!document)
        qFatal("not read");
    return std::move(*document);
}

constexpr int Size = 40'000; // numbers: 320 KB of text, 640 KB of values
bool isWhole(const Json::Document &document, int size)
{
    return document.root().size() == size + 1 && document.root().at(size - 1).numberText() == "1234567";
}

/// Fills what this thread keeps.
void makeAndLetGo()
{
    std::vector<Json::Document> documents;
    for (int i = 0; i < 4; ++i)
        documents.push_back(made(Size + i));
}

struct Kept {
    std::vector<Json::Document> documents;
    ~Kept()
    {
        makeAndLetGo(); // asked for new ones, too
        for (const Json::Document &document : documents) {
            if (!isWhole(document, 2 * Size))
                std::_Exit(4);
        }
    }
};

Kept ofTheProgram;

Kept &ofTheThread()
{
    thread_local Kept kept;
    return kept;
}

/// What the child process does; its end is the test.
int child(const char *what)
{
    const auto fill = [](Kept &kept) {
        kept.documents.push_back(made(2 * Size));
        makeAndLetGo();
        kept.documents.push_back(made(2 * Size));
        makeAndLetGo();
    };
    if (std::strcmp(what, "static") == 0) {
        fill(ofTheProgram);
    } else if (std::strcmp(what, "thread") == 0) {
        std::thread([&fill] { fill(ofTheThread()); }).join();
    } else if (std::strcmp(what, "handed over") == 0) {
        std::thread([&fill] { fill(ofTheProgram); }).join();
        makeAndLetGo();
    } else {
        return 3;
    }
    return 0;
}

} // namespace

void TestDocumentLife::letGoByAnotherThread_data()
{
    QTest::addColumn<int>("size");
    QTest::newRow("small: the system's") << 10;
    QTest::newRow("kept for the next one") << Size;
    QTest::newRow("too large to be kept") << 3'000'000;
}

void TestDocumentLife::letGoByAnotherThread()
{
    QFETCH(int, size);
    for (int round = 0; round < 8; ++round) { // more than are kept
        std::optional<Json::Document> document;
        std::thread([&document, size] { document.emplace(made(size)); }).join();
        QVERIFY(isWhole(*document, size)); // its maker has ended
        if (round % 2)
            document.reset();
        else
            std::thread([&document] { document.reset(); }).join();
        document.emplace(made(size));
        QVERIFY(isWhole(*document, size));
        std::thread([&document, size] {
            document.reset();
            document.emplace(made(size));
        }).join();
        QVERIFY(isWhole(*document, size));
    }
}

void TestDocumentLife::endsWell_data()
{
    QTest::addColumn<QString>("what");
    QTest::newRow("static documents at the program's end") << QStringLiteral("static");
    QTest::newRow("documents of a thread at the thread's end") << QStringLiteral("thread");
    QTest::newRow("static documents that a thread made") << QStringLiteral("handed over");
}

void TestDocumentLife::endsWell()
{
    QFETCH(QString, what);
    QProcess process;
    process.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--child"), what});
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 0);
    QCOMPARE(process.readAllStandardError(), QByteArray());
}

int main(int argc, char **argv)
{
    if (argc == 3 && std::strcmp(argv[1], "--child") == 0)
        return child(argv[2]);
    QCoreApplication application(argc, argv);
    TestDocumentLife test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_documentlife.moc"
