#include "client.h"
#include "sandbox/sandbox.h"

#include <QSignalSpy>
#include <QTest>
#include <QWebSocket>

using namespace Orgtrace;
using namespace Qt::StringLiterals;

namespace {
constexpr int Patience = 20'000;

QByteArray topics(int count)
{
    QByteArray body = "[";
    for (int i = 0; i < count; ++i) {
        body += (i ? "," : "") + QByteArray("{\"id\":\"v2.users.u") + QByteArray::number(i) + ".presence\"}";
    }
    return body + "]";
}
} // namespace

/// Notification channels in the dialect of the platform.
class TestSandboxChannels : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        Sandbox::Settings settings;
        settings.users = 80;
        m_server = std::make_unique<Sandbox::Server>(settings);
        QVERIFY(m_server->listen());
        m_client = std::make_unique<Client>(m_server->baseUrl());
        QVERIFY(m_client->signIn(Sandbox::Settings().clientId, u"sandbox-secret"_s));
    }

    void subscriptionsAreAddedReplacedListedAndCleared()
    {
        const auto made = make();
        const QString path = u"/api/v2/notifications/channels/%1/subscriptions"_s.arg(made.first);
        QCOMPARE(m_client->post(path, topics(3)).root()["entities"].size(), 3);
        QCOMPARE(m_client->post(path, topics(5)).root()["entities"].size(), 5); // three of them were there
        QCOMPARE(m_client->send("PUT", path, topics(2)).root()["entities"].size(), 2);
        QCOMPARE(m_client->get(path).root()["entities"].size(), 2);
        QCOMPARE(m_client->send("DELETE", path).status, 200);
        QCOMPARE(m_client->get(path).root()["entities"].size(), 0);
        QCOMPARE(m_client->post(path, topics(1000)).status, 200);
        QCOMPARE(m_client->post(path, topics(1001)).status, 400);
        QCOMPARE(m_client->post(path, "{}").status, 400);
        QCOMPARE(m_client->post(u"/api/v2/notifications/channels/nobody/subscriptions"_s, topics(1)).status, 404);
    }

    void aChannelLivesADay()
    {
        const auto made = make();
        const QString path = u"/api/v2/notifications/channels/%1/subscriptions"_s.arg(made.first);
        m_server->moveTo(m_server->nowUtc().addSecs(23 * 3600));
        QVERIFY(m_client->signIn(Sandbox::Settings().clientId, u"sandbox-secret"_s));
        QCOMPARE(m_client->post(path, topics(1)).status, 200); // which renews it
        m_server->moveTo(m_server->nowUtc().addSecs(23 * 3600));
        QVERIFY(m_client->signIn(Sandbox::Settings().clientId, u"sandbox-secret"_s));
        QCOMPARE(m_client->get(path).status, 200);
        m_server->moveTo(m_server->nowUtc().addSecs(2 * 3600));
        QVERIFY(m_client->signIn(Sandbox::Settings().clientId, u"sandbox-secret"_s));
        QCOMPARE(m_client->get(path).status, 404);
    }

    void ofTwentyOneTheOldestUnconnectedGoes()
    {
        const auto first = make();
        QWebSocket socket;
        socket.open(first.second);
        QTRY_COMPARE_WITH_TIMEOUT(m_server->openChannelSockets(), 1, Patience);
        const auto second = make();
        for (int i = 0; i < 19; ++i) {
            make();
        }
        QCOMPARE(m_client->get(u"/api/v2/notifications/channels/%1/subscriptions"_s.arg(first.first)).status, 200);
        QCOMPARE(m_client->get(u"/api/v2/notifications/channels/%1/subscriptions"_s.arg(second.first)).status, 404);
    }

    void aSecondSocketEndsTheFirst()
    {
        const auto made = make();
        QWebSocket first, second;
        first.open(made.second);
        QTRY_COMPARE_WITH_TIMEOUT(m_server->openChannelSockets(), 1, Patience);
        QSignalSpy ended(&first, &QWebSocket::disconnected);
        second.open(made.second);
        QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, Patience);
        QTRY_COMPARE_WITH_TIMEOUT(second.state(), QAbstractSocket::ConnectedState, Patience);
        QTRY_COMPARE_WITH_TIMEOUT(m_server->openChannelSockets(), 1, Patience);
    }

    void nobodyListensToAChannelThatIsNot()
    {
        QWebSocket socket;
        QSignalSpy failed(&socket, &QWebSocket::errorOccurred);
        QUrl address = make().second;
        address.setPath(address.path() + u'x');
        socket.open(address);
        QTRY_VERIFY_WITH_TIMEOUT(failed.size() > 0, Patience);
        QCOMPARE(m_server->openChannelSockets(), 0);
    }

    void commandsOfTheControl()
    {
        const auto made = make();
        QWebSocket socket;
        QSignalSpy frames(&socket, &QWebSocket::textMessageReceived);
        QSignalSpy ended(&socket, &QWebSocket::disconnected);
        socket.open(made.second);
        QTRY_COMPARE_WITH_TIMEOUT(m_server->openChannelSockets(), 1, Patience);
        QCOMPARE(m_client->post(u"/sandbox/channels?do=heartbeat"_s, {}).status, 200);
        QTRY_COMPARE_WITH_TIMEOUT(frames.size(), 1, Patience);
        QVERIFY(frames[0][0].toString().contains(u"WebSocket Heartbeat"_s));
        QCOMPARE(m_client->post(u"/sandbox/channels?do=drop"_s, {}).status, 200);
        QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, Patience);
        QCOMPARE(m_client->post(u"/sandbox/channels?do=dance"_s, {}).status, 400);
        QCOMPARE(m_client->get(u"/sandbox/channels?do=drop"_s).status, 405);
    }

private:
    std::pair<QString, QUrl> make()
    {
        const auto reply = m_client->post(u"/api/v2/notifications/channels"_s, "{}");
        return {reply.root()["id"].toQString(), QUrl(reply.root()["connectUri"].toQString())};
    }
    std::unique_ptr<Sandbox::Server> m_server;
    std::unique_ptr<Client> m_client;
};

QTEST_GUILESS_MAIN(TestSandboxChannels)
#include "tst_sandboxchannels.moc"
