#pragma once

#include <QWidget>

#include <memory>

class QMenu;

namespace Orgtrace::Ui {

class Session;
class DiffView;
class FindBar;
class GoToBar;
class RawBar;

/// The Diff tab: where one is, both sides' times and signatures, the view with its ruler, find. Shows the session's current change, or a whole domain; every other
/// state is said in words with what to do next. Aligning runs on a worker; late answers are dropped.
/// Thread: GUI. Borrows the session, which must outlive it.
class DiffPage final : public QWidget
{
    Q_OBJECT
public:
    explicit DiffPage(Session &session, QWidget *parent = nullptr);
    ~DiffPage() override;
    [[nodiscard]] DiffView *view() const;
    [[nodiscard]] FindBar *findBar() const;
    [[nodiscard]] GoToBar *goToBar() const;
    [[nodiscard]] RawBar *rawBar() const;
    [[nodiscard]] QMenu *layoutMenu() const; ///< columns, wrapping, folds, colours
    void showAsReceived(); ///< asks for the reason first, inline

Q_SIGNALS:
    void documentShown(); ///< both texts of the current change are on screen

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Ui
