#include "genesys/plainconnections.h"

#include <QNetworkProxy>
#include <QTest>
#include <QUrl>

using namespace Qt::StringLiterals;
using Orgtrace::Genesys::PlainConnections;

/// Whoever set a proxy gets it, whatever connections are made of else.
class TestPlainConnections : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QNetworkProxyFactory::setUseSystemConfiguration(false); }
    void cleanup() { QNetworkProxy::setApplicationProxy(QNetworkProxy::NoProxy); }
    void proxiesAreFoundAsEver_data();
    void proxiesAreFoundAsEver();
    void aFactoryThatTellsSocketsSomethingElseIsHeard();
};

void TestPlainConnections::proxiesAreFoundAsEver_data()
{
    using Proxy = QNetworkProxy;
    QTest::addColumn<Proxy::ProxyType>("application");
    QTest::addColumn<QString>("url");
    QTest::addColumn<Proxy::ProxyType>("expected");
    QTest::newRow("no proxy, unencrypted: as the application does") << Proxy::NoProxy << u"http://127.0.0.1:80/x"_s << Proxy::DefaultProxy;
    QTest::newRow("no proxy, encrypted") << Proxy::NoProxy << u"https://api.example/x"_s << Proxy::NoProxy;
    QTest::newRow("no proxy, a WebSocket") << Proxy::NoProxy << u"ws://api.example/x"_s << Proxy::NoProxy;
    QTest::newRow("an HTTP proxy, unencrypted") << Proxy::HttpProxy << u"http://api.example/x"_s << Proxy::HttpProxy;
    QTest::newRow("an HTTP proxy, encrypted") << Proxy::HttpProxy << u"https://api.example/x"_s << Proxy::HttpProxy;
    QTest::newRow("a SOCKS proxy, unencrypted") << Proxy::Socks5Proxy << u"http://api.example/x"_s << Proxy::Socks5Proxy;
}

void TestPlainConnections::proxiesAreFoundAsEver()
{
    QFETCH(QNetworkProxy::ProxyType, application);
    QFETCH(QString, url);
    QFETCH(QNetworkProxy::ProxyType, expected);
    QNetworkProxy::setApplicationProxy(QNetworkProxy(application, u"proxy.example"_s, 3128));
    PlainConnections connections;
    const QList<QNetworkProxy> found = connections.queryProxy(QNetworkProxyQuery(QUrl(url)));
    QCOMPARE(found.size(), 1);
    QCOMPARE(found.first().type(), expected);
    if (expected == application && expected != QNetworkProxy::NoProxy)
        QCOMPARE(found.first().hostName(), u"proxy.example"_s);
}

void TestPlainConnections::aFactoryThatTellsSocketsSomethingElseIsHeard()
{
    struct Factory final : QNetworkProxyFactory {
        QList<QNetworkProxy> queryProxy(const QNetworkProxyQuery &query) override
        {
            return {query.queryType() == QNetworkProxyQuery::UrlRequest
                        ? QNetworkProxy(QNetworkProxy::NoProxy)
                        : QNetworkProxy(QNetworkProxy::Socks5Proxy, u"socks.example"_s, 1080)};
        }
    };
    QNetworkProxyFactory::setApplicationProxyFactory(new Factory);
    PlainConnections connections;
    const QList<QNetworkProxy> found = connections.queryProxy(QNetworkProxyQuery(QUrl(u"http://api.example/x"_s)));
    QNetworkProxyFactory::setApplicationProxyFactory(nullptr);
    QCOMPARE(found.size(), 1);
    QCOMPARE(found.first().type(), QNetworkProxy::NoProxy); // a request for a URL goes direct, so it must
}

QTEST_GUILESS_MAIN(TestPlainConnections)
#include "tst_plainconnections.moc"
