#include "evidence/deflater.h"

#include "base/digest.h"

#include <QRandomGenerator>
#include <QTest>
#include <QtEndian>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Evidence::Deflater;
using Evidence::PackCodes;

namespace {

QByteArray noise(qsizetype size)
{
    QRandomGenerator random(7);
    QByteArray out(size, Qt::Uninitialized);
    for (char &byte : out)
        byte = static_cast<char>(random.generate());
    return out;
}

QByteArray entities(int count)
{
    QRandomGenerator random(11);
    QByteArray out;
    for (int i = 0; i < count; ++i)
        out += "{\n  \"division\": {\n    \"id\": \"" + QByteArray::number(random.generate64(), 16) + "\"\n  },\n  \"name\": \"Queue "
            + QByteArray::number(i) + "\"\n}\n";
    return out;
}

/// By zlib itself, from a stream without qCompress's four bytes of size.
QByteArray inflated(const std::string &stream, qsizetype size)
{
    QByteArray sized(4, '\0');
    qToBigEndian(static_cast<quint32>(size), sized.data());
    return qUncompress(sized + QByteArray::fromStdString(stream));
}

} // namespace

class TestDeflater : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void zlibReadsWhatWasWritten_data();
    void zlibReadsWhatWasWritten();
    void nothingBeforeIsTouched();
    void learningIsWorthIt();
    void learningEnds();
};

void TestDeflater::zlibReadsWhatWasWritten_data()
{
    QTest::addColumn<QByteArray>("learnt");
    QTest::addColumn<QByteArray>("content");
    const QList<std::pair<const char *, QByteArray>> lessons{
        {"nothing learnt", {}}, {"one byte learnt", "x"}, {"texts learnt", entities(500)}, {"noise learnt", noise(100'000)}};
    const QList<std::pair<const char *, QByteArray>> contents{{"one byte", "{"},
                                                              {"a short text", "{}\n"},
                                                              {"a text", entities(3)},
                                                              {"a large text", entities(30'000)},
                                                              {"every byte there is, seldom one twice", noise(300)},
                                                              {"as much noise as one stored block holds", noise(65'535)},
                                                              {"one byte of noise more", noise(65'536)},
                                                              {"a megabyte of noise", noise(1'000'000)},
                                                              {"one byte a million times", QByteArray(1'000'000, 'a')},
                                                              {"as long as a window, twice", noise(32'768) + noise(32'768)}};
    for (const auto &[lesson, learnt] : lessons) {
        for (const auto &[what, content] : contents)
            QTest::addRow("%s, %s", lesson, what) << learnt << content;
    }
}

void TestDeflater::zlibReadsWhatWasWritten()
{
    QFETCH(QByteArray, learnt);
    QFETCH(QByteArray, content);
    PackCodes codes;
    if (!learnt.isEmpty()) {
        codes.learn(view(learnt));
        codes.settle();
    }
    Deflater deflater;
    for (int again = 0; again < 2; ++again) { // what one object left behind is nothing to the next
        std::string out;
        deflater.append(out, view(content), codes);
        QVERIFY(static_cast<qsizetype>(out.size()) <= content.size() + content.size() / 1024 + 1024);
        QVERIFY(inflated(out, content.size()) == content);
    }
}

void TestDeflater::nothingBeforeIsTouched()
{
    const PackCodes codes;
    Deflater deflater;
    std::string out = "before";
    deflater.append(out, {}, codes);
    const size_t first = out.size();
    deflater.append(out, "second", codes);
    QVERIFY(out.starts_with("before"));
    QVERIFY(first > 6); // also nothing is a stream
    QCOMPARE(inflated(out.substr(first), 6), QByteArray("second"));
}

void TestDeflater::learningIsWorthIt()
{
    const QByteArray seen = entities(300), content = entities(20);
    PackCodes none, codes;
    codes.learn(view(seen));
    codes.settle();
    Deflater deflater;
    std::string plain, better;
    deflater.append(plain, view(content), none);
    deflater.append(better, view(content), codes);
    QVERIFY2(better.size() * 10 < plain.size() * 9, qPrintable(u"%1 of %2"_s.arg(better.size()).arg(plain.size())));
}

void TestDeflater::learningEnds()
{
    PackCodes codes;
    QVERIFY(!codes.hasLearnt());
    for (int i = 0; i < 15; ++i)
        codes.learn(view(noise(1'000'000))); // no more than 64 KB of each count
    QVERIFY(!codes.hasLearnt());
    codes.learn(view(noise(1'000'000)));
    QVERIFY(codes.hasLearnt());
}

QTEST_GUILESS_MAIN(TestDeflater)
#include "tst_evidence_deflater.moc"
