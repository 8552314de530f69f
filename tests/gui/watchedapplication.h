#pragma once

#include <QApplication>
#include <QEvent>
#include <QMap>
#include <QMetaEnum>

#include <ctime>

namespace Orgtrace {

/// Measures how long the GUI thread is away from its event loop: the processor time of each outermost event. Processor time, not the clock's, so that a
/// busy machine that gives the test no turn is not taken for slow code.
class WatchedApplication final : public QApplication
{
public:
    using QApplication::QApplication;

    void startWatching()
    {
        slowest.clear();
        isWatching = true;
    }

    bool notify(QObject *receiver, QEvent *event) override
    {
        if (m_depth > 0 || !isWatching) {
            return QApplication::notify(receiver, event);
        }
        const QString what = QString::fromLatin1(receiver->metaObject()->className()) + u' '
            + QString::fromLatin1(QMetaEnum::fromType<QEvent::Type>().valueToKey(event->type()));
        ++m_depth;
        const double before = threadMs();
        const bool handled = QApplication::notify(receiver, event);
        const double took = threadMs() - before;
        --m_depth;
        Slowest &worst = slowest[step];
        if (took >= worst.ms) {
            worst = {took, what};
        }
        return handled;
    }

    struct Slowest {
        double ms = 0;
        QString what; ///< receiver and event
    };
    bool isWatching = false;
    QString step; ///< what the events from now on belong to
    QMap<QString, Slowest> slowest; ///< each step's worst event

private:
    static double threadMs()
    {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_nsec) / 1e6;
    }

    int m_depth = 0;
};

} // namespace Orgtrace
