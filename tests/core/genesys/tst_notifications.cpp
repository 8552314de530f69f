#include "genesys/notifications.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Genesys;
using namespace Qt::StringLiterals;

/// Where a channel may be listened to, and what its frames may be. The channel itself: tests/integration/tst_watch.cpp.
class TestNotifications : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void onlyThePlatformsOwnAddress_data();
    void onlyThePlatformsOwnAddress();
    void frames_data();
    void frames();
};

void TestNotifications::onlyThePlatformsOwnAddress_data()
{
    QTest::addColumn<QString>("api");
    QTest::addColumn<QString>("uri");
    QTest::addColumn<bool>("isTaken");
    const QString cloud = u"https://api.mypurecloud.de"_s;
    const QString local = u"http://127.0.0.1:8080"_s;
    QTest::newRow("the stream host of the region") << cloud << u"wss://streaming.mypurecloud.de/channels/streaming-0-a"_s << true;
    QTest::newRow("any case of the host's name") << cloud << u"wss://Streaming.MyPureCloud.DE/channels/a"_s << true;
    QTest::newRow("the API's own host") << cloud << u"wss://api.mypurecloud.de/channels/a"_s << true;
    QTest::newRow("another region is another company's, for all we know")
        << cloud << u"wss://streaming.mypurecloud.ie/channels/a"_s << false;
    QTest::newRow("a name that only ends alike") << cloud << u"wss://streaming.evilmypurecloud.de/channels/a"_s << false;
    QTest::newRow("the domain as a label of somebody else") << cloud << u"wss://mypurecloud.de.example.org/channels/a"_s << false;
    QTest::newRow("plain ws to the platform") << cloud << u"ws://streaming.mypurecloud.de/channels/a"_s << false;
    QTest::newRow("plain ws to this machine, for a cloud's API") << cloud << u"ws://127.0.0.1:9/channels/a"_s << false;
    QTest::newRow("https is no WebSocket") << cloud << u"https://streaming.mypurecloud.de/channels/a"_s << false;
    QTest::newRow("a user name in front") << cloud << u"wss://streaming.mypurecloud.de@example.org/a"_s << false;
    QTest::newRow("a fragment") << cloud << u"wss://streaming.mypurecloud.de/a#b"_s << false;
    QTest::newRow("no host") << cloud << u"wss:///channels/a"_s << false;
    QTest::newRow("nothing") << cloud << QString() << false;
    QTest::newRow("longer than any address") << cloud << QString(u"wss://streaming.mypurecloud.de/"_s + QString(5000, u'a')) << false;
    QTest::newRow("the sandbox") << local << u"ws://127.0.0.1:8080/channels/a"_s << true;
    QTest::newRow("the sandbox by name") << local << u"ws://localhost:8080/channels/a"_s << true;
    QTest::newRow("a sandbox that names the network") << local << u"ws://192.0.2.1/channels/a"_s << false;
    QTest::newRow("the tail of a loopback address is no domain") << local << u"wss://1.127.0.0.1/channels/a"_s << false;
    QTest::newRow("a gateway of one's own") << u"https://gateway.example.org/genesys"_s << u"wss://gateway.example.org/channels/a"_s
                                            << true;
}

void TestNotifications::onlyThePlatformsOwnAddress()
{
    QFETCH(const QString, api);
    QFETCH(const QString, uri);
    QFETCH(const bool, isTaken);
    const Result<QUrl> address = channelAddress(uri, {u"custom"_s, QUrl(api), QUrl(api)});
    QCOMPARE(address.has_value(), isTaken);
    if (!address) {
        QCOMPARE(address.error().code, ErrorCode::RedirectRefused);
        QVERIFY(!address.error().detail.contains(u"channels"_s) && address.error().where.isEmpty()); // whoever has the address can listen
    }
}

void TestNotifications::frames_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::addColumn<QString>("topic"); // empty: refused
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("an event") << QByteArray(R"({"topicName":"v2.a","eventBody":{"id":"x","n":1.0},"version":"2"})") << u"v2.a"_s
                              << QByteArray(R"({"id":"x","n":1.0})");
    QTest::newRow("a heartbeat") << QByteArray(R"({"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}})")
                                 << u"channel.metadata"_s << QByteArray(R"({"message":"WebSocket Heartbeat"})");
    QTest::newRow("no topic") << QByteArray(R"({"eventBody":{}})") << QString() << QByteArray();
    QTest::newRow("a topic that is no text") << QByteArray(R"({"topicName":5,"eventBody":{}})") << QString() << QByteArray();
    QTest::newRow("no object") << QByteArray("[1,2]") << QString() << QByteArray();
    QTest::newRow("cut off") << QByteArray(R"({"topicName":"v2.a","eventBody":{)") << QString() << QByteArray();
    QTest::newRow("not UTF-8") << QByteArray("{\"topicName\":\"\xff\"}") << QString() << QByteArray();
    QTest::newRow("too deep") << QByteArray(R"({"topicName":"v2.a","eventBody":)" + QByteArray(500, '[') + QByteArray(500, ']') + "}")
                              << QString() << QByteArray();
    QTest::newRow("too large") << QByteArray(R"({"topicName":"v2.a","eventBody":")" + QByteArray(10'000, 'a') + "\"}") << QString()
                               << QByteArray();
    QTest::newRow("empty") << QByteArray() << QString() << QByteArray();
}

void TestNotifications::frames()
{
    QFETCH(const QByteArray, frame);
    QFETCH(const QString, topic);
    QFETCH(const QByteArray, body);
    const Result<Notification> read = readNotification(frame, 5000);
    QCOMPARE(read.has_value(), !topic.isEmpty());
    if (read) {
        QCOMPARE(read->topic, topic);
        QCOMPARE(read->body, body);
    }
}

QTEST_APPLESS_MAIN(TestNotifications)
#include "tst_notifications.moc"
