export { SecondFactorScreen } from './second-factor.tsx';
export { SetPasswordScreen } from './set-password.tsx';
export { SignInScreen } from './sign-in.tsx';
