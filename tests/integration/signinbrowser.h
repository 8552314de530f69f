#pragma once

#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTcpServer>
#include <QUrlQuery>

#include <functional>

namespace Orgtrace::Test {

/// Plays the person and the browser: opens the page, follows its redirects, and on a consent page presses a button.
class SignInBrowser
{
public:
    QString button; ///< "allow" or "deny": pressed where a page asks
    int opened = 0;
    int lastStatus = 0; ///< of the page it ended on; 0: none yet
    QByteArray lastPage;
    std::function<void()> answered; ///< called when it has ended on a page

    void open(const QUrl &page)
    {
        ++opened;
        finish(m_network.get(QNetworkRequest(page)), page);
    }

private:
    void finish(QNetworkReply *reply, const QUrl &page)
    {
        QObject::connect(reply, &QNetworkReply::finished, &m_network, [this, reply, page] {
            reply->deleteLater();
            lastStatus = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
            lastPage = reply->readAll();
            if (!button.isEmpty() && lastPage.contains("<form")) {
                QNetworkRequest request(page.adjusted(QUrl::RemoveQuery));
                request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/x-www-form-urlencoded"));
                const QByteArray form = page.query(QUrl::FullyEncoded).toLatin1() + "&decision=" + button.toLatin1();
                finish(m_network.post(request, form), page);
            } else if (answered) {
                answered();
            }
        });
    }

    QNetworkAccessManager m_network;
};

/// A port that was free a moment ago: the redirect URI must be registered before anybody listens there.
inline quint16 freePort()
{
    QTcpServer probe;
    return probe.listen(QHostAddress::LocalHost) ? probe.serverPort() : 0;
}

} // namespace Orgtrace::Test
