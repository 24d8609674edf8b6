// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;

namespace swb::ui {

class Actions;

/// What the middle shows while there is no connection: what one can do, and one button to see it
/// done.
class WelcomePane : public QWidget {
    Q_OBJECT
public:
    explicit WelcomePane(Actions& actions, QWidget* parent = nullptr);

    /// Without picture and further buttons.
    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* m_column;
    QLabel* m_picture;
    QLabel* m_text = nullptr;
    QLabel* m_or = nullptr;
    QWidget* m_own; ///< The buttons for what is one's own.
};

} // namespace swb::ui
