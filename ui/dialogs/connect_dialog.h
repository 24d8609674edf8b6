// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/net/address.h"

#include <QDialog>

class QPushButton;

namespace swb::ui {

class AddressForm;

/// Asks where to connect. The window stays usable while it is open.
class ConnectDialog : public QDialog {
    Q_OBJECT
public:
    explicit ConnectDialog(const QString& lastAddress, QWidget* parent = nullptr);

signals:
    void chosen(const swb::Address& address);

private:
    void update();

    AddressForm* m_form;
    QPushButton* m_connect;
};

} // namespace swb::ui
